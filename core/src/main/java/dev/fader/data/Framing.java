package dev.fader.data;

import dev.fader.tokenizer.Tokenizer;
import java.util.Arrays;

/// The special tokens around the documents of a token file: those that the tokenizer adds to a
/// text, or a separator where it adds none at the end.
///
/// @param before the tokenizer's prefix tokens, such as a beginning-of-sequence token. Every window
///   begins with them, wherever it is cut, as the model expects them at the start of its input
/// @param inStream whether they also precede each document in the file; not if the document before
///   ends with the same tokens
/// @param after the tokenizer's suffix tokens
/// @param separator the end-of-text token, if the encoding of a text has none; -1 otherwise
@SuppressWarnings("ArrayRecordComponent") // read once and never compared
record Framing(int[] before, boolean inStream, int[] after, int separator) {
  /// Limit on prefix tokens, above that of any known tokenizer.
  static final int MOST_BEFORE = 64;

  /// No special tokens: documents that came as ids.
  static final Framing NONE = new Framing(new int[0], false, new int[0], -1);

  static Framing of(Tokenizer tokenizer) {
    int[] before = tokenizer.prefixTokens();
    int[] after = tokenizer.suffixTokens();
    if (before.length > MOST_BEFORE) {
      throw new DataException(
          "the tokenizer puts %d tokens before every text; at most %d are supported"
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

  /// The number of first tokens of a window that are the end of `before`: a window cut within the
  /// prefix of a document already begins with them.
  int begun(int[] window, int length) {
    for (int count = Math.min(before.length, length); count > 0; count--) {
      if (Arrays.equals(window, 0, count, before, before.length - count, before.length)) {
        return count;
      }
    }
    return 0;
  }

  /// The number of tokens from `at` that are the prefix of a document: all of it, or the part that
  /// fits the window.
  int startsAt(int[] window, int at, int length) {
    int count = Math.min(start().length, length - at);
    return count > 0 && Arrays.equals(window, at, at + count, before, 0, count) ? count : 0;
  }
}
