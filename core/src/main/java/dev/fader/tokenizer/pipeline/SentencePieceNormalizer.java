package dev.fader.tokenizer.pipeline;

import dev.fader.tokenizer.model.PrefixMatcher;
import dev.fader.tokenizer.model.SpaceSymbol;
import dev.fader.tokenizer.model.Utf8Builder;
import dev.fader.tokenizer.pattern.Utf8;

/// SentencePiece's normalization: user-defined symbols are kept, the rest is mapped by the
/// character map, and spaces become `▁`. One pass over the bytes, as the library's order of steps
/// matters where these touch.
public final class SentencePieceNormalizer {
  private static final byte[] STAND_IN = Utf8.bytes(SpaceSymbol.TEXT);
  private static final byte[] PLAIN = {' '};

  private final CharacterMap map;
  private final PrefixMatcher symbols;
  private final Spaces spaces;
  private final byte[] space;

  /// @param map with longest matches
  public SentencePieceNormalizer(CharacterMap map, PrefixMatcher symbols, Spaces spaces) {
    this.map = map;
    this.symbols = symbols;
    this.spaces = spaces;
    space = spaces.escaped ? STAND_IN : PLAIN;
  }

  /// Treatment of spaces.
  ///
  /// @param added whether a space is added before the text, or after it
  /// @param suffixed whether it is added after it, as words end with their space
  /// @param trimmed whether spaces at the ends are removed and runs of spaces collapsed
  /// @param escaped whether spaces are written as `▁`
  public record Spaces(boolean added, boolean suffixed, boolean trimmed, boolean escaped) {}

  String apply(String text) {
    byte[] utf8 = Utf8.bytes(text);
    var piece = new Utf8Builder(16);
    int at = spaces.trimmed ? afterSpaces(utf8, piece) : 0;
    if (at == utf8.length) {
      return "";
    }
    var prepared = new Utf8Builder(utf8.length + utf8.length / 2 + 16);
    if (spaces.added && !spaces.suffixed) {
      prepared.add(space);
    }
    boolean afterSpace = spaces.trimmed;
    while (at < utf8.length) {
      at = next(utf8, at, piece);
      int from = 0;
      while (afterSpace && from < piece.size && piece.bytes[from] == ' ') {
        from++;
      }
      if (from < piece.size) {
        afterSpace = spaces.trimmed && piece.bytes[piece.size - 1] == ' ';
        addSpaced(prepared, piece, from);
      }
    }
    if (spaces.trimmed) {
      trimEnd(prepared);
    }
    if (spaces.added && spaces.suffixed) {
      prepared.add(space);
    }
    return prepared.text();
  }

  private int afterSpaces(byte[] text, Utf8Builder piece) {
    int at = 0;
    while (at < text.length) {
      int end = next(text, at, piece);
      if (piece.size != 1 || piece.bytes[0] != ' ') {
        break;
      }
      at = end;
    }
    return at;
  }

  /// Puts the replacement of the symbol, match or character at `at` into `piece`; returns its end.
  private int next(byte[] text, int at, Utf8Builder piece) {
    piece.size = 0;
    int end = symbols.end(text, at, text.length);
    if (end > at) {
      piece.add(text, at, end);
      return end;
    }
    return map.mapLongest(text, at, piece);
  }

  private void addSpaced(Utf8Builder prepared, Utf8Builder piece, int from) {
    for (int i = from; i < piece.size; i++) {
      if (piece.bytes[i] == ' ') {
        prepared.add(space);
      } else {
        prepared.add(piece.bytes[i]);
      }
    }
  }

  private void trimEnd(Utf8Builder prepared) {
    int from;
    while ((from = prepared.size - space.length) >= 0
        && Utf8.startsWith(prepared.bytes, from, prepared.size, space)) {
      prepared.size = from;
    }
  }
}
