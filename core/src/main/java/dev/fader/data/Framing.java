package dev.fader.data;

import dev.fader.tokenizer.Tokenizer;
import java.util.Arrays;

/// The special tokens around the documents of a token file: those that the tokenizer's own encoding
/// of a text has, and one to tell where a document ends where it has none.
///
/// @param before what the tokenizer puts before a text. Every window on the documents begins with
///   it, wherever it is cut: that is how the model has always been read to
/// @param inStream whether each document begins with it in the file, too; not if it is what the
///   document before has ended with
/// @param after what the tokenizer puts after a text
/// @param separator the end-of-text token, if the encoding of a text has none; -1 otherwise
@SuppressWarnings("ArrayRecordComponent") // read once and never compared
record Framing(int[] before, boolean inStream, int[] after, int separator) {
  /// More than any tokenizer puts before a text.
  static final int MOST_BEFORE = 64;

  /// Nothing around anything: documents that came as ids.
  static final Framing NONE = new Framing(new int[0], false, new int[0], -1);

  static Framing of(Tokenizer tokenizer) {
    int[] before = tokenizer.prefixTokens();
    int[] after = tokenizer.suffixTokens();
    if (before.length > MOST_BEFORE) {
      throw new DataException(
          "the tokenizer puts %d tokens before every text, and more than %d are no beginning"
              .formatted(before.length, MOST_BEFORE));
    }
    int end = tokenizer.endOfText().orElse(-1);
    int separator = after.length > 0 && after[after.length - 1] == end ? -1 : end;
    int last = separator >= 0 || after.length == 0 ? separator : after[after.length - 1];
    boolean shared = before.length == 1 && before[0] == last;
    return new Framing(before, before.length > 0 && !shared, after, separator);
  }

  /// What a document begins with in the file.
  int[] start() {
    return inStream ? before : NONE.before;
  }

  /// What a document ends with in the file.
  int[] end() {
    if (separator < 0) {
      return after;
    }
    int[] end = Arrays.copyOf(after, after.length + 1);
    end[after.length] = separator;
    return end;
  }

  /// How many of the first tokens of a window stand in `before`, at its end: a window that a
  /// document's start has fallen into already begins with them.
  int begun(int[] window, int length) {
    for (int count = Math.min(before.length, length); count > 0; count--) {
      if (Arrays.equals(window, 0, count, before, before.length - count, before.length)) {
        return count;
      }
    }
    return 0;
  }

  /// How many tokens from `at` are those that a document in the file begins with: all of them, or
  /// the first few where the window ends.
  int startsAt(int[] window, int at, int length) {
    int count = Math.min(start().length, length - at);
    return count > 0 && Arrays.equals(window, at, at + count, before, 0, count) ? count : 0;
  }
}
