package dev.fader.kernel.attention;

/// The sizes of one causal attention over `batch` sequences.
///
/// Query t of a sequence has position `firstPosition + t`, its keys have positions 0..keys-1; a
/// query sees the keys up to its own position, with `window` > 0 only the last `window` of them.
/// Query head h uses key and value head `h / (heads / keyValueHeads)`. A score is `scale * q . k`,
/// and with `softCap` c > 0 it is `c * tanh(score / c)`.
public record AttentionShape(
    int batch,
    int queries,
    int keys,
    int firstPosition,
    int heads,
    int keyValueHeads,
    int headSize,
    int window,
    float scale,
    float softCap) {
  /// Checks that the sizes fit each other.
  ///
  /// @throws IllegalArgumentException if they do not
  public AttentionShape {
    if (batch < 1 || queries < 1 || headSize < 1 || heads < 1 || keyValueHeads < 1) {
      throw new IllegalArgumentException(
          "attention needs positive sizes, not batch %d, queries %d, heads %d, key heads %d, head size %d"
              .formatted(batch, queries, heads, keyValueHeads, headSize));
    }
    if (heads % keyValueHeads != 0) {
      throw new IllegalArgumentException(
          "%d query heads cannot share %d key heads evenly".formatted(heads, keyValueHeads));
    }
    if (firstPosition < 0 || keys - queries < firstPosition) {
      throw new IllegalArgumentException(
          "%d queries from position %d need as many keys, there are %d"
              .formatted(queries, firstPosition, keys));
    }
    if (window < 0) {
      throw new IllegalArgumentException("negative attention window " + window);
    }
  }

  /// The first key that query `t` of a sequence sees.
  int firstKey(int t) {
    return window > 0 ? Math.max(0, firstPosition + t - window + 1) : 0;
  }

  /// One past the last key that query `t` of a sequence sees.
  int endKey(int t) {
    return firstPosition + t + 1;
  }
}
