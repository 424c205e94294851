package dev.fader.data;

import dev.fader.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Optional;

/// A text in chunks, cut where no token can cross: after a line break, before a line that does not
/// start with white space. It is one document, or several with lines of `<|endoftext|>` between
/// them, as large corpora of small texts come.
final class PlainTextReader implements DocumentReader {
  /// Characters of a chunk: small enough to hold many, large enough for few cuts.
  static final int PIECE = 1 << 17;

  private static final char[] END_OF_TEXT = Tokenizer.END_OF_TEXT.toCharArray();

  private final String name;
  private final Utf8Text text;
  private char[] buffer = new char[1 << 13];
  private int start;
  private int end;
  private boolean begun;
  private boolean between = true; // documents
  private long document;
  private boolean ended;

  /// @param name of the file, for messages
  PlainTextReader(String name, Utf8Text text) {
    this.name = name;
    this.text = text;
  }

  @Override
  public Optional<DocumentChunk> next() {
    int mark = findEndOfText();
    if (mark < 0 && !ended) {
      fill();
      mark = findEndOfText();
    }
    if (begun && ended && start == end) {
      return Optional.empty();
    }
    begun = true;
    if (mark >= 0) {
      var piece = take(mark, true);
      start = Math.min(end, mark + END_OF_TEXT.length + 1);
      return piece;
    }
    return ended ? take(end, true) : take(cut(buffer, end), false);
  }

  private Optional<DocumentChunk> take(int to, boolean last) {
    var piece = new DocumentChunk.Text(new String(buffer, start, to - start), last);
    document += between ? 1 : 0;
    between = last;
    start = to;
    return Optional.of(piece);
  }

  @Override
  public String place() {
    return document == 1 ? name : "%s, document %d".formatted(name, document);
  }

  /// Where a line starts that ends a document, or -1.
  private int findEndOfText() {
    for (int i = start; i <= end - END_OF_TEXT.length; i++) {
      if (buffer[i] == '<' && (i == start || buffer[i - 1] == '\n') && isEndOfText(i)) {
        return i;
      }
    }
    return -1;
  }

  private boolean isEndOfText(int from) {
    int to = from + END_OF_TEXT.length;
    boolean isLine = to < end ? buffer[to] == '\n' : ended;
    return isLine && Arrays.equals(buffer, from, to, END_OF_TEXT, 0, END_OF_TEXT.length);
  }

  /// Moves the rest to the front and fills the buffer, which grows up to the size of a chunk.
  private void fill() {
    end -= start;
    System.arraycopy(buffer, start, buffer, 0, end);
    start = 0;
    end += text.fill(buffer, end);
    while (end == buffer.length && end < PIECE) {
      buffer = Arrays.copyOf(buffer, end * 2);
      end += text.fill(buffer, end);
    }
    ended = end < buffer.length;
  }

  /// The best cut within `count` characters; at least one is left for the next chunk.
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
