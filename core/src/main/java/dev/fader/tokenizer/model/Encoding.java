package dev.fader.tokenizer.model;

import dev.fader.tokenizer.error.TokenizerException;
import dev.fader.tokenizer.pattern.Utf8;
import java.util.Arrays;

/// The state of encoding one text: its bytes, the ids so far, and scratch memory of the models.
/// Owned by one call of `TextPipeline.encode`, so that a tokenizer can be shared between threads.
public final class Encoding {
  final BytePairMerger merging = new BytePairMerger();
  public final Words words = new Words();
  private final Words furtherWords = new Words();
  public byte[] text = {};
  private int charactersBefore;
  private int[] ids = new int[64];
  private int size;

  /// Starts the next part of the text, after `offset` characters.
  public void start(byte[] utf8, int characters) {
    text = utf8;
    charactersBefore = characters;
  }

  public Words otherWords(Words used) {
    return used == words ? furtherWords : words;
  }

  public void add(int id) {
    if (size == ids.length) {
      grow(1);
    }
    ids[size++] = id;
  }

  public void add(int[] more, int count) {
    if (count > ids.length - size) {
      grow(count);
    }
    System.arraycopy(more, 0, ids, size, count);
    size += count;
  }

  int size() {
    return size;
  }

  /// The ids from `from` on.
  public int[] idsFrom(int from) {
    return Arrays.copyOfRange(ids, from, size);
  }

  /// An exception that says the character at `at` has no piece.
  TokenizerException unknownCharacter(int at) {
    int codePoint = Utf8.codePoint(text, at);
    int index = charactersBefore + Utf8.codePoints(text, 0, at);
    return new TokenizerException(
        "character %s (U+%04X) at index %d of the text is not in the tokenizer's vocabulary; remove it, or use a tokenizer whose training text has it, or one of bytes or BPE"
            .formatted(shown(codePoint), codePoint, index));
  }

  private static String shown(int codePoint) {
    return Character.isISOControl(codePoint)
        ? "(control)"
        : "'" + Character.toString(codePoint) + "'";
  }

  private void grow(int more) {
    int needed = Math.addExact(size, more);
    ids = Arrays.copyOf(ids, Math.max(needed, (int) Math.min(2L * ids.length, 1 << 30)));
  }
}
