package dev.fader.data;

import java.util.Arrays;

/// The lines of a text that are not blank, one at a time.
public final class Utf8Lines implements AutoCloseable {
  private static final int LONGEST = 1 << 26;

  private final String name;
  private final Utf8Text text;
  private char[] buffer = new char[1 << 16];
  private int start; // of the line
  private int length;
  private int next; // where the line after it starts
  private int end;
  private boolean ended;
  private long number;

  /// Lines of `text`, which is closed with this. `name` names it in errors.
  public Utf8Lines(String name, Utf8Text text) {
    this.name = name;
    this.text = text;
  }

  /// Advances to the next line that is not blank, if there is one.
  ///
  /// @throws DataException if it cannot be read or is too long
  public boolean next() {
    while (true) {
      int lineEnd = findLineEnd();
      if (lineEnd == next && ended && next == end) {
        return false;
      }
      number++;
      start = next;
      length = lineEnd - start;
      next = Math.min(lineEnd + 1, end);
      if (!isBlank()) {
        return true;
      }
    }
  }

  /// The index of the next newline, or of the end of the text, reading as much as that takes.
  private int findLineEnd() {
    int from = next;
    while (true) {
      for (int i = from; i < end; i++) {
        if (buffer[i] == '\n') {
          return i;
        }
      }
      if (ended) {
        return end;
      }
      from = end - next;
      System.arraycopy(buffer, next, buffer, 0, from);
      next = 0;
      if (from == buffer.length) {
        if (from >= LONGEST) {
          throw new DataException(
              "%s:%d: a line of more than %d characters; split it into documents of their own lines"
                  .formatted(name, number + 1, LONGEST));
        }
        buffer = Arrays.copyOf(buffer, buffer.length * 2);
      }
      end = from + text.fill(buffer, from);
      ended = end < buffer.length;
    }
  }

  private boolean isBlank() {
    for (int i = start; i < start + length; i++) {
      if (!Character.isWhitespace(buffer[i])) {
        return false;
      }
    }
    return true;
  }

  /// What holds the line's characters, until the next line is read.
  public char[] buffer() {
    return buffer;
  }

  /// Where in the buffer the line starts.
  public int start() {
    return start;
  }

  /// The number of its characters, without the newline.
  public int length() {
    return length;
  }

  /// The number of the line, from 1; blank lines count.
  public long number() {
    return number;
  }

  @Override
  public void close() {
    text.close();
  }
}
