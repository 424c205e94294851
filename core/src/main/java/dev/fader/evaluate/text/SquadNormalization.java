package dev.fader.evaluate.text;

import java.util.Locale;
import java.util.regex.Pattern;

/// What answers have in common that mean the same, as the evaluation of SQuAD has it (Rajpurkar et
/// al. 2016): lower case, no punctuation, no articles, single spaces.
final class SquadNormalization {
  private static final Pattern PUNCTUATION = Pattern.compile("[!-/:-@\\[-`{-~]"); // of ASCII
  private static final Pattern ARTICLES =
      Pattern.compile("\\b(a|an|the)\\b", Pattern.UNICODE_CHARACTER_CLASS);

  private SquadNormalization() {}

  static String of(String text) {
    var lower = text.toLowerCase(Locale.ROOT);
    var bare = PUNCTUATION.matcher(lower).replaceAll("");
    return String.join(" ", Words.split(ARTICLES.matcher(bare).replaceAll(" ")));
  }
}
