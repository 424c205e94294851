package dev.fader.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Text that grows id by id, as it is generated: never half a character. What it gives, put
/// together, is what [Tokenizer#decode] gives of all the ids. Owned by one caller.
public final class TextStream {
  private final Tokenizer tokenizer;
  private byte[] pending = new byte[16];
  private int size;
  private int spacesToDrop;
  private boolean started;

  TextStream(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    spacesToDrop = tokenizer.leadingSpacesDropped();
  }

  /// Takes the next id and gives the text that is complete with it, empty while a character is not.
  ///
  /// @throws IllegalArgumentException if the id is not in the vocabulary
  public String accept(int id) {
    byte[] piece = tokenizer.bytes(id);
    if (started && tokenizer.separatesPieces()) {
      append((byte) ' ');
    }
    started = true;
    int from = 0;
    while (from < piece.length && spacesToDrop > 0) {
      if (piece[from] == ' ') {
        from++;
        spacesToDrop--;
      } else {
        spacesToDrop = 0;
      }
    }
    for (; from < piece.length; from++) {
      append(piece[from]);
    }
    return take(size - Utf8.incompleteTail(pending, size));
  }

  /// The rest: U+FFFD where a character was begun and not ended, mostly nothing.
  public String flush() {
    return take(size);
  }

  private void append(byte value) {
    if (size == pending.length) {
      pending = Arrays.copyOf(pending, 2 * size);
    }
    pending[size++] = value;
  }

  private String take(int count) {
    String text = new String(pending, 0, count, StandardCharsets.UTF_8);
    System.arraycopy(pending, count, pending, 0, size - count);
    size -= count;
    return text;
  }
}
