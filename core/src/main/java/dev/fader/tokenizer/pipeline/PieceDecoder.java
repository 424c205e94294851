package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.model.ByteAlphabet;
import dev.fader.tokenizer.model.ByteFallback;
import dev.fader.tokenizer.pattern.TextPattern;
import dev.fader.tokenizer.pattern.Utf8;
import java.util.List;

/// How pieces become text again: the `decoder` of a `tokenizer.json`.
///
/// @param steps what is done to each piece
/// @param edits what is done to the whole text after that
/// @param separated whether pieces are joined with spaces, as where a file has no decoder
public record PieceDecoder(List<Step> steps, List<FusedTextStep> edits, boolean separated) {

  public sealed interface Step {}

  /// The piece is bytes in the [ByteAlphabet].
  public record ByteLevel() implements Step {}

  /// Pieces like `<0x0A>` are bytes.
  public record Bytes() implements Step {}

  public record Replace(TextPattern what, String with) implements Step {}

  /// Takes up to `start` and `stop` times the character off the ends.
  public record Strip(char content, int start, int stop) implements Step {}

  /// A space for each stand-in; `dropped` are those of the first piece.
  public record Metaspace(String space, boolean dropped) implements Step {}

  /// A space in front of every piece but the first and those that go on with a word.
  public record WordPiece(String prefix, boolean cleansUp) implements Step {}

  /// A space for what ends a word, but for the last.
  public record EndOfWordSuffix(String suffix) implements Step {}

  /// Connectionist temporal classification: repeated pieces are one.
  public record Ctc(String padding, String space, boolean cleansUp) implements Step {}

  /// The piece of what is unknown has a text of its own.
  public record UnknownSurface(String piece, String text) implements Step {}

  /// One stand-in for a space goes from the start of the first piece, or of each until there is
  /// text.
  public record DummyPrefix(String space, boolean untilText) implements Step {}

  /// Where a piece stands in its text.
  ///
  /// @param beginsText whether no piece before it gave any text
  public record Place(boolean isFirst, boolean beginsText, boolean isLast) {
    public static final Place WITHIN = new Place(false, false, false);
  }

  /// Whether what a piece becomes depends on its being the last.
  public boolean needsLast() {
    return steps.stream().anyMatch(EndOfWordSuffix.class::isInstance);
  }

  /// Whether a piece that repeats the one before is left out.
  public boolean dropsRepeats() {
    return steps.stream().anyMatch(Ctc.class::isInstance);
  }

  /// The bytes that a piece adds to a text.
  ///
  /// @param isAdded whether it is an added token, whose characters stand for themselves
  public byte[] bytes(String piece, boolean isAdded, Place place) {
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
