package dev.fader.tokenizer;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;

/// What is done to text before it is cut into words: the `normalizer` of a `tokenizer.json`.
record Normalization(List<Step> steps) {
  /// Below this every text is in form NFC as it stands.
  private static final char FIRST_COMBINING = '\u0300';

  sealed interface Step {}

  /// Unicode normalization.
  record Form(Normalizer.Form form) implements Step {}

  /// Text in front of every text that is not empty.
  record Prepend(String prefix) implements Step {}

  /// One string for another, everywhere.
  record Replace(String what, String with) implements Step {}

  /// Unicode lower case.
  record Lowercase() implements Step {}

  String apply(String text) {
    String normalized = text;
    for (Step step : steps) {
      normalized =
          switch (step) {
            case Form form -> normalize(normalized, form.form);
            case Prepend prepend -> normalized.isEmpty() ? "" : prepend.prefix + normalized;
            case Replace replace -> normalized.replace(replace.what, replace.with);
            case Lowercase() -> normalized.toLowerCase(Locale.ROOT);
          };
    }
    return normalized;
  }

  private static String normalize(String text, Normalizer.Form form) {
    if (form == Normalizer.Form.NFC && text.chars().allMatch(c -> c < FIRST_COMBINING)) {
      return text;
    }
    return Normalizer.normalize(text, form);
  }
}
