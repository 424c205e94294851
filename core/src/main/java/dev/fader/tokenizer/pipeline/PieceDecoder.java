package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.model.ByteAlphabet;
import dev.fader.tokenizer.model.ByteFallback;
import dev.fader.tokenizer.pattern.TextPattern;
import dev.fader.tokenizer.pattern.Utf8;
import java.util.List;

/// Converts pieces back to text: the `decoder` of a `tokenizer.json`.
///
/// @param steps applied to each piece
/// @param edits applied to the joined text
/// @param separated whether pieces are joined with spaces, as without a decoder
public record PieceDecoder(List<Step> steps, List<FusedTextStep> edits, boolean separated) {

  public sealed interface Step {}

  /// Pieces are bytes in the [ByteAlphabet].
  public record ByteLevel() implements Step {}

  /// Pieces such as `<0x0A>` are bytes.
  public record Bytes() implements Step {}

  public record Replace(TextPattern what, String with) implements Step {}

  /// Strips the character up to `start` and `stop` times from the ends.
  public record Strip(char content, int start, int stop) implements Step {}

  /// Replaces each space symbol by a space; `dropped` are removed from the first piece.
  public record Metaspace(String space, boolean dropped) implements Step {}

  /// Adds a space before every piece but the first and those that continue a word.
  public record WordPiece(String prefix, boolean cleansUp) implements Step {}

  /// Replaces the end-of-word suffix by a space, except at the last piece.
  public record EndOfWordSuffix(String suffix) implements Step {}

  /// Connectionist temporal classification: collapses repeated pieces.
  public record Ctc(String padding, String space, boolean cleansUp) implements Step {}

  /// The unknown token decodes to a text of its own.
  public record UnknownSurface(String piece, String text) implements Step {}

  /// Drops one space symbol from the start of the first piece, or of each until there is text.
  public record DummyPrefix(String space, boolean untilText) implements Step {}

  /// The position of a piece in its text.
  ///
  /// @param beginsText whether all pieces before it decoded to nothing
  public record PieceContext(boolean isFirst, boolean beginsText, boolean isLast) {
    public static final PieceContext WITHIN = new PieceContext(false, false, false);
  }

  /// Whether the text of a piece depends on whether it is the last.
  public boolean needsLast() {
    return steps.stream().anyMatch(EndOfWordSuffix.class::isInstance);
  }

  /// Whether a repeated piece is dropped.
  public boolean dropsRepeats() {
    return steps.stream().anyMatch(Ctc.class::isInstance);
  }

  /// The bytes that a piece adds to a text.
  ///
  /// @param isAdded whether it is an added token, which is taken literally
  public byte[] bytes(String piece, boolean isAdded, PieceContext place) {
    String text = piece;
    for (Step step : steps) {
      switch (step) {
        case ByteLevel() -> {
          if (!isAdded && ByteAlphabet.canRead(text)) {
            return ByteAlphabet.read(text);
          }
        }
        case Bytes() -> {
          int value = isAdded ? -1 : ByteFallback.value(text);
          if (value >= 0) {
            return new byte[] {(byte) value};
          }
        }
        case Replace(TextPattern what, String with) ->
            text = TextNormalizer.replace(text, what, with);
        case Strip strip -> text = strip(text, strip);
        case Metaspace(String space, boolean dropped) ->
            text = text.replace(space, dropped && place.isFirst ? "" : " ");
        case WordPiece wordPiece -> text = joined(text, wordPiece, place.isFirst);
        case EndOfWordSuffix(String suffix) ->
            text = suffix.isEmpty() ? text : text.replace(suffix, place.isLast ? "" : " ");
        case UnknownSurface(String unknown, String shown) -> {
          if (text.equals(unknown)) {
            return Utf8.bytes(shown);
          }
        }
        case DummyPrefix(String space, boolean untilText) -> {
          if ((untilText ? place.beginsText : place.isFirst) && text.startsWith(space)) {
            text = text.substring(space.length());
          }
        }
        case Ctc repeats -> text = ctc(text, repeats);
      }
    }
    return Utf8.bytes(text);
  }

  private static String strip(String text, Strip strip) {
    int from = 0;
    while (from < strip.start && from < text.length() && text.charAt(from) == strip.content) {
      from++;
    }
    int to = text.length();
    while (text.length() - to < strip.stop && to > from && text.charAt(to - 1) == strip.content) {
      to--;
    }
    return text.substring(from, to);
  }

  private static String joined(String piece, WordPiece step, boolean isFirst) {
    String text = piece;
    if (!isFirst) {
      text = piece.startsWith(step.prefix) ? piece.substring(step.prefix.length()) : " " + piece;
    }
    return step.cleansUp ? withoutExtraSpaces(text) : text;
  }

  private static String ctc(String piece, Ctc step) {
    String text = step.padding.isEmpty() ? piece : piece.replace(step.padding, "");
    return step.cleansUp ? withoutExtraSpaces(text).replace(step.space, " ") : text;
  }

  private static String withoutExtraSpaces(String text) {
    return text.replace(" .", ".")
        .replace(" ?", "?")
        .replace(" !", "!")
        .replace(" ,", ",")
        .replace(" ' ", "'")
        .replace(" n't", "n't")
        .replace(" 'm", "'m")
        .replace(" do not", " don't")
        .replace(" 's", "'s")
        .replace(" 've", "'ve")
        .replace(" 're", "'re");
  }
}
