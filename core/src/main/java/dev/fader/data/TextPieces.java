package dev.fader.data;

import java.util.Arrays;
import java.util.Optional;

/// One text as one document, in pieces that end where no tokenizer would join what stands on either
/// side: after a line, before a line that does not start with white space.
final class TextPieces implements Pieces {
  /// Characters of a piece: small enough to hold many, large enough that few cuts are made.
  static final int PIECE = 1 << 17;

  private final Utf8Text text;
  private char[] buffer = new char[1 << 13];
  private int count;
  private boolean ended;

  TextPieces(Utf8Text text) {
    this.text = text;
  }

  @Override
  public Optional<Piece> next() {
    if (ended) {
      return Optional.empty();
    }
    fill();
    int end = ended ? count : cut(buffer, count);
    var piece = new Piece.Text(new String(buffer, 0, end), ended);
    System.arraycopy(buffer, end, buffer, 0, count - end);
    count -= end;
    return Optional.of(piece);
  }

  /// Fills the buffer, which grows to a piece's size only if there is so much text.
  private void fill() {
    count += text.read(buffer, count);
    while (count == buffer.length && count < PIECE) {
      buffer = Arrays.copyOf(buffer, count * 2);
      count += text.read(buffer, count);
    }
    ended = count < buffer.length;
  }

  /// Where to end a piece of `count` characters: at least one is left for the next.
  static int cut(char[] buffer, int count) {
    int lineEnd = 0;
    int wordEnd = 0;
    for (int i = count - 1; i > count / 2; i--) {
      boolean startsWord = !Character.isWhitespace(buffer[i]);
      if (buffer[i - 1] == '\n') {
        if (startsWord) {
          return i;
        }
        lineEnd = Math.max(lineEnd, i);
      }
      if (buffer[i] == ' ' && !Character.isWhitespace(buffer[i - 1])) {
        wordEnd = Math.max(wordEnd, i);
      }
    }
    if (lineEnd > 0 || wordEnd > 0) {
      return lineEnd > 0 ? lineEnd : wordEnd;
    }
    return Character.isLowSurrogate(buffer[count - 1]) ? count - 2 : count - 1;
  }

  @Override
  public void close() {
    text.close();
  }
}
