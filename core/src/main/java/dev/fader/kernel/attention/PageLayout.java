package dev.fader.kernel.attention;

import dev.fader.tensor.DType;

/// How the keys and values of one layer lie in its part of a page, which holds [#TOKENS] tokens.
///
/// The keys of all heads come before the values of all heads. Keys are stored column by column,
/// (keySize, tokens), so that neighbouring lanes of a vector belong to neighbouring tokens and a
/// score needs no sum across lanes; values token by token, (tokens, valueSize). In Q8_0 the levels
/// lie in the same order, after them the float16 scales, one for each token and 32 columns:
/// (keySize / 32, tokens) and (tokens, valueSize / 32).
///
/// @param type how a number is stored: FLOAT16 (numbers beyond +-65504 are stored as those),
///   BFLOAT16, FLOAT32 or Q8_0
/// @param keyValueHeads heads of keys and values, which several query heads may share
/// @param keySize numbers of one head's key
/// @param valueSize numbers of one head's value
/// @param valuesInKeys whether values are not stored, since they are the last `valueSize` numbers
///   of the keys: the latent rows of DeepSeek-V2 (arXiv:2405.04434, section 2.1.2)
public record PageLayout(
    DType type, int keyValueHeads, int keySize, int valueSize, boolean valuesInKeys) {
  /// Tokens of a page: page p of a sequence holds the positions from `p * TOKENS` on.
  public static final int TOKENS = 32;

  /// Columns that share a scale in Q8_0.
  static final int BLOCK = 32;

  private static final int SCALE_BYTES = 2;

  /// Checks that such a page can be.
  ///
  /// @throws IllegalArgumentException if it cannot
  public PageLayout {
    if (keyValueHeads < 1 || keySize < 1 || valueSize < 1) {
      throw new IllegalArgumentException(
          "pages of keys and values need positive sizes, not %d heads, keys of %d, values of %d"
              .formatted(keyValueHeads, keySize, valueSize));
    }
    if (valuesInKeys && (keyValueHeads != 1 || valueSize > keySize)) {
      throw new IllegalArgumentException(
          "values are part of the keys only with one head and keys at least as long, not %d heads, keys of %d, values of %d"
              .formatted(keyValueHeads, keySize, valueSize));
    }
    switch (type) {
      case FLOAT16, BFLOAT16, FLOAT32 -> {}
      case Q8_0 -> {
        if (keySize % BLOCK != 0 || (!valuesInKeys && valueSize % BLOCK != 0)) {
          throw new IllegalArgumentException(
              "Q8_0 keys and values need sizes in multiples of %d, not keys of %d and values of %d: store them as FLOAT16"
                  .formatted(BLOCK, keySize, valueSize));
        }
      }
      default ->
          throw new IllegalArgumentException(
              "keys and values cannot be stored as %s: choose FLOAT16, BFLOAT16, FLOAT32 or Q8_0"
                  .formatted(type));
    }
  }

  /// The bytes of one layer's part of a page, a multiple of 64.
  public long bytes() {
    return valuesInKeys ? keys(keyValueHeads) : values(keyValueHeads);
  }

  private long partBytes(int size) {
    return type.bytesFor((long) size * TOKENS);
  }

  /// Where the keys of a head begin.
  long keys(int head) {
    return Math.multiplyExact(head, partBytes(keySize));
  }

  /// Where the values of a head begin, if they are stored.
  long values(int head) {
    return Math.addExact(keys(keyValueHeads), Math.multiplyExact(head, partBytes(valueSize)));
  }

  /// The byte of column `column` of the key of `token`, seen from the beginning of the keys.
  long key(int token, int column) {
    return ((long) column * TOKENS + token) * elementBytes();
  }

  /// The byte of column `column` of the value of `token`, seen from the beginning of the values.
  long value(int token, int column) {
    return ((long) token * valueSize + column) * elementBytes();
  }

  /// The byte of the scale of the 32 columns around `column` of the key of `token`.
  long keyScale(int token, int column) {
    return (long) keySize * TOKENS + (column / BLOCK * (long) TOKENS + token) * SCALE_BYTES;
  }

  /// The byte of the scale of the 32 columns around `column` of the value of `token`.
  long valueScale(int token, int column) {
    int blocks = valueSize / BLOCK;
    return (long) valueSize * TOKENS + ((long) token * blocks + column / BLOCK) * SCALE_BYTES;
  }

  /// The first column of a key that is part of the value, where values are part of the keys.
  int valueColumn() {
    return keySize - valueSize;
  }

  private int elementBytes() {
    return type == DType.Q8_0 ? 1 : type.bytesPerBlock();
  }
}
