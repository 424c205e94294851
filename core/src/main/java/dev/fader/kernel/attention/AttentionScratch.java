package dev.fader.kernel.attention;

import java.util.EnumMap;
import java.util.Map;

/// The arrays that one worker needs for one head: they grow to the largest that was asked for and
/// stay.
final class AttentionScratch {
  /// What an array holds. Packed operands are named after the side of the product they stand on:
  /// rows or lines are multiplied along their length, columns across it.
  enum Use {
    /// Keys as lines: scores = query . key.
    KEY_LINES,
    /// Values as lines: slopes = outGradient . value.
    VALUE_LINES,
    /// Values as columns: out = weights value.
    VALUE_COLUMNS,
    /// Keys as columns: queryGradient = slopes key.
    KEY_COLUMNS,
    /// A block of queries as rows.
    QUERY_ROWS,
    /// A block of queries as columns: keyGradient = slopes^T query.
    QUERY_COLUMNS,
    /// A block of the output's gradient as rows.
    OUT_GRADIENT_ROWS,
    /// A block of the output's gradient as columns: valueGradient = weights^T outGradient.
    OUT_GRADIENT_COLUMNS,
    /// Scores and then weights (block, keys).
    SCORES,
    /// The gradient of the scores (block, keys).
    SLOPES,
    /// Rows of scores or slopes transposed into the order of a row panel.
    TRANSPOSED,
    /// One tile of a result.
    TILE,
    /// Gradient of the keys (keys, padded head size).
    KEY_GRADIENT,
    /// Gradient of the values (keys, padded head size).
    VALUE_GRADIENT
  }

  private final Map<Use, float[]> arrays = new EnumMap<>(Use.class);

  /// The array for `use`, at least `floats` long, with whatever it held last.
  float[] array(Use use, int floats) {
    float[] array = arrays.get(use);
    if (array == null || array.length < floats) {
      array = new float[floats];
      arrays.put(use, array);
    }
    return array;
  }
}
