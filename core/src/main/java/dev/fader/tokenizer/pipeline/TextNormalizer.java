package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.model.ByteAlphabet;
import dev.fader.tokenizer.model.Utf8Builder;
import dev.fader.tokenizer.pattern.MatchFinder;
import dev.fader.tokenizer.pattern.TextPattern;
import dev.fader.tokenizer.pattern.Utf8;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.List;

/// Applied to text before it is split into words: the `normalizer` of a `tokenizer.json`.
public record TextNormalizer(List<Step> steps) {
  static final TextNormalizer NONE = new TextNormalizer(List.of());

  /// The first UTF-8 byte of U+0300; below it all text is in NFC.
  private static final int FIRST_COMBINING = 0xCC;

  public sealed interface Step {}

  /// Unicode normalization.
  public record UnicodeForm(Normalizer.Form form) implements Step {}

  /// Prepends a text, unless the input is empty.
  public record Prepend(String prefix) implements Step {}

  /// Replaces every match.
  public record Replace(TextPattern what, String with) implements Step {}

  /// Lower case, character by character.
  public record Lowercase() implements Step {}

  /// Strips white space from the ends.
  public record Strip(boolean left, boolean right) implements Step {}

  /// Removes combining marks.
  public record StripAccents() implements Step {}

  /// What `BertNormalizer` does.
  public record Bert(BertNormalizer options) implements Step {}

  /// Removes control characters and unifies spaces, as in neural machine translation.
  public record Nmt() implements Step {}

  /// The character map that SentencePiece compiles into its models.
  public record Precompiled(CharacterMap map) implements Step {}

  /// What SentencePiece itself does.
  public record SentencePiece(SentencePieceNormalizer text) implements Step {}

  /// Writes every byte in the [ByteAlphabet].
  public record ByteLevel() implements Step {}

  /// The normalized `text[from, to)`.
  public byte[] apply(byte[] text, int from, int to) {
    return Utf8.bytes(apply(new String(text, from, to - from, StandardCharsets.UTF_8)));
  }

  /// Whether a quick check shows that `text[from, to)` stays unchanged.
  boolean leaves(byte[] text, int from, int to) {
    if (steps.isEmpty()) {
      return true;
    }
    if (steps.size() > 1 || !(steps.getFirst() instanceof UnicodeForm(Normalizer.Form form))) {
      return false;
    }
    int limit = form == Normalizer.Form.NFC ? FIRST_COMBINING : 0x80;
    for (int at = from; at < to; at++) {
      if ((text[at] & 0xFF) >= limit) {
        return false;
      }
    }
    return true;
  }

  /// Whether the first character of the normalized text comes from the first of the text, in the
  /// offsets of Hugging Face's library: after stripping or replacing at the start it does not.
  boolean keepsStart(String text) {
    String before = text;
    for (Step step : steps) {
      if (before.isEmpty()) {
        return true;
      }
      int end = before.offsetByCodePoints(0, 1);
      String first = before.substring(0, end);
      boolean keeps =
          switch (step) {
            case Strip(boolean left, boolean right) ->
                !left || !CaseFolding.strip(first, true, false).isEmpty();
            case Replace(TextPattern what, String with) -> keepsStart(before, what, with);
            case StripAccents _, Nmt _, Bert _ -> !apply(step, first).isEmpty();
            case UnicodeForm _,
                Prepend _,
                Lowercase _,
                Precompiled _,
                SentencePiece _,
                ByteLevel _ ->
                true;
          };
      if (!keeps) {
        return false;
      }
      before = apply(step, before);
    }
    return true;
  }

  private static boolean keepsStart(String text, TextPattern what, String with) {
    byte[] utf8 = Utf8.bytes(text);
    MatchFinder finder = what.finder();
    finder.start(utf8, 0, utf8.length);
    if (!finder.next() || finder.matchStart() > 0 || finder.matchEnd() == 0) {
      return true;
    }
    return !with.isEmpty() && finder.matchEnd() == Utf8.length(utf8, 0);
  }

  public String apply(String text) {
    String normalized = text;
    for (Step step : steps) {
      normalized = apply(step, normalized);
    }
    return normalized;
  }

  private static String apply(Step step, String normalized) {
    return switch (step) {
      case UnicodeForm(Normalizer.Form form) -> Normalizer.normalize(normalized, form);
      case Prepend(String prefix) -> normalized.isEmpty() ? "" : prefix + normalized;
      case Replace(TextPattern what, String with) -> replace(normalized, what, with);
      case Lowercase() -> CaseFolding.lowerCase(normalized);
      case Strip strip -> CaseFolding.strip(normalized, strip.left, strip.right);
      case StripAccents() -> CaseFolding.withoutMarks(normalized);
      case Bert(BertNormalizer options) -> options.apply(normalized);
      case Nmt() -> CaseFolding.translationText(normalized);
      case Precompiled(CharacterMap map) -> map.apply(normalized);
      case SentencePiece(SentencePieceNormalizer pieces) -> pieces.apply(normalized);
      case ByteLevel() -> ByteAlphabet.write(Utf8.bytes(normalized));
    };
  }

  /// The same with character maps that take the longest match at every position, as SentencePiece
  /// itself does.
  public TextNormalizer withLongestMatches() {
    return new TextNormalizer(
        steps.stream()
            .map(step ->
                step instanceof Precompiled(CharacterMap map)
                    ? new Precompiled(map.longest())
                    : step)
            .toList());
  }

  static String replace(String text, TextPattern what, String with) {
    byte[] utf8 = Utf8.bytes(text);
    byte[] inserted = Utf8.bytes(with);
    MatchFinder finder = what.finder();
    finder.start(utf8, 0, utf8.length);
    var replaced = new Utf8Builder(utf8.length + 16);
    int at = 0;
    boolean any = false;
    while (finder.next()) {
      any = true;
      replaced.add(utf8, at, finder.matchStart());
      replaced.add(inserted);
      at = finder.matchEnd();
    }
    if (!any) {
      return text;
    }
    replaced.add(utf8, at, utf8.length);
    return replaced.text();
  }
}
