package dev.fader.kernel.attention;

import dev.fader.kernel.vector.Lanes;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The innermost loops of attention of few queries over one decoded page: products of queries with
/// keys (keySize, tokens), and sums of values (tokens, valueSize). Several queries share each load;
/// the sums of each have the same order whatever stands beside it.
final class QueryProducts {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();
  private static final int TOKENS = PageLayout.TOKENS;

  /// Four queries need sixteen sums, which narrow vectors have no registers for.
  private static final int MOST_AT_ONCE = LANES == 16 ? 4 : 2;

  /// Columns that sums are padded to.
  static final int COLUMNS = 2 * LANES;

  private QueryProducts() {}

  /// Sets `scores`, `stride` apart for each query, to the products of the `count` queries from
  /// `first` on with the keys of a page. `size` is even.
  static void score(
      float[] queries,
      int first,
      int count,
      int size,
      float[] keys,
      float[] scores,
      int at,
      int stride) {
    for (int token = 0; token < TOKENS; token += 2 * LANES) {
      int i = 0;
      int from = first * size;
      if (MOST_AT_ONCE == 4) {
        for (; i + 4 <= count; i += 4) {
          score4(
              queries, from + i * size, size, keys, token, scores, at + i * stride + token, stride);
        }
      }
      for (; i + 2 <= count; i += 2) {
        score2(
            queries, from + i * size, size, keys, token, scores, at + i * stride + token, stride);
      }
      if (i < count) {
        score1(queries, from + i * size, size, keys, token, scores, at + i * stride + token);
      }
    }
  }

  private static void score4(
      float[] q, int at, int size, float[] keys, int token, float[] to, int toAt, int stride) {
    var a0 = FloatVector.zero(FLOATS);
    var a1 = FloatVector.zero(FLOATS);
    var a2 = FloatVector.zero(FLOATS);
    var a3 = FloatVector.zero(FLOATS);
    var b0 = FloatVector.zero(FLOATS);
    var b1 = FloatVector.zero(FLOATS);
    var b2 = FloatVector.zero(FLOATS);
    var b3 = FloatVector.zero(FLOATS);
    var c0 = FloatVector.zero(FLOATS);
    var c1 = FloatVector.zero(FLOATS);
    var c2 = FloatVector.zero(FLOATS);
    var c3 = FloatVector.zero(FLOATS);
    var d0 = FloatVector.zero(FLOATS);
    var d1 = FloatVector.zero(FLOATS);
    var d2 = FloatVector.zero(FLOATS);
    var d3 = FloatVector.zero(FLOATS);
    for (int k = 0; k < size; k += 2) {
      int key = k * TOKENS + token;
      var even0 = FloatVector.fromArray(FLOATS, keys, key);
      var even1 = FloatVector.fromArray(FLOATS, keys, key + LANES);
      var odd0 = FloatVector.fromArray(FLOATS, keys, key + TOKENS);
      var odd1 = FloatVector.fromArray(FLOATS, keys, key + TOKENS + LANES);
      int i = at + k;
      var x = FloatVector.broadcast(FLOATS, q[i]);
      a0 = x.fma(even0, a0);
      a1 = x.fma(even1, a1);
      x = FloatVector.broadcast(FLOATS, q[i + 1]);
      a2 = x.fma(odd0, a2);
      a3 = x.fma(odd1, a3);
      x = FloatVector.broadcast(FLOATS, q[i + size]);
      b0 = x.fma(even0, b0);
      b1 = x.fma(even1, b1);
      x = FloatVector.broadcast(FLOATS, q[i + size + 1]);
      b2 = x.fma(odd0, b2);
      b3 = x.fma(odd1, b3);
      x = FloatVector.broadcast(FLOATS, q[i + 2 * size]);
      c0 = x.fma(even0, c0);
      c1 = x.fma(even1, c1);
      x = FloatVector.broadcast(FLOATS, q[i + 2 * size + 1]);
      c2 = x.fma(odd0, c2);
      c3 = x.fma(odd1, c3);
      x = FloatVector.broadcast(FLOATS, q[i + 3 * size]);
      d0 = x.fma(even0, d0);
      d1 = x.fma(even1, d1);
      x = FloatVector.broadcast(FLOATS, q[i + 3 * size + 1]);
      d2 = x.fma(odd0, d2);
      d3 = x.fma(odd1, d3);
    }
    a0.add(a2).intoArray(to, toAt);
    a1.add(a3).intoArray(to, toAt + LANES);
    b0.add(b2).intoArray(to, toAt + stride);
    b1.add(b3).intoArray(to, toAt + stride + LANES);
    c0.add(c2).intoArray(to, toAt + 2 * stride);
    c1.add(c3).intoArray(to, toAt + 2 * stride + LANES);
    d0.add(d2).intoArray(to, toAt + 3 * stride);
    d1.add(d3).intoArray(to, toAt + 3 * stride + LANES);
  }

  private static void score2(
      float[] q, int at, int size, float[] keys, int token, float[] to, int toAt, int stride) {
    var a0 = FloatVector.zero(FLOATS);
    var a1 = FloatVector.zero(FLOATS);
    var a2 = FloatVector.zero(FLOATS);
    var a3 = FloatVector.zero(FLOATS);
    var b0 = FloatVector.zero(FLOATS);
    var b1 = FloatVector.zero(FLOATS);
    var b2 = FloatVector.zero(FLOATS);
    var b3 = FloatVector.zero(FLOATS);
    for (int k = 0; k < size; k += 2) {
      int key = k * TOKENS + token;
      var even0 = FloatVector.fromArray(FLOATS, keys, key);
      var even1 = FloatVector.fromArray(FLOATS, keys, key + LANES);
      var odd0 = FloatVector.fromArray(FLOATS, keys, key + TOKENS);
      var odd1 = FloatVector.fromArray(FLOATS, keys, key + TOKENS + LANES);
      int i = at + k;
      var x = FloatVector.broadcast(FLOATS, q[i]);
      a0 = x.fma(even0, a0);
      a1 = x.fma(even1, a1);
      x = FloatVector.broadcast(FLOATS, q[i + 1]);
      a2 = x.fma(odd0, a2);
      a3 = x.fma(odd1, a3);
      x = FloatVector.broadcast(FLOATS, q[i + size]);
      b0 = x.fma(even0, b0);
      b1 = x.fma(even1, b1);
      x = FloatVector.broadcast(FLOATS, q[i + size + 1]);
      b2 = x.fma(odd0, b2);
      b3 = x.fma(odd1, b3);
    }
    a0.add(a2).intoArray(to, toAt);
    a1.add(a3).intoArray(to, toAt + LANES);
    b0.add(b2).intoArray(to, toAt + stride);
    b1.add(b3).intoArray(to, toAt + stride + LANES);
  }

  private static void score1(
      float[] q, int at, int size, float[] keys, int token, float[] to, int toAt) {
    var a0 = FloatVector.zero(FLOATS);
    var a1 = FloatVector.zero(FLOATS);
    var a2 = FloatVector.zero(FLOATS);
    var a3 = FloatVector.zero(FLOATS);
    for (int k = 0; k < size; k += 2) {
      int key = k * TOKENS + token;
      var x = FloatVector.broadcast(FLOATS, q[at + k]);
      a0 = FloatVector.fromArray(FLOATS, keys, key).fma(x, a0);
      a1 = FloatVector.fromArray(FLOATS, keys, key + LANES).fma(x, a1);
      x = FloatVector.broadcast(FLOATS, q[at + k + 1]);
      a2 = FloatVector.fromArray(FLOATS, keys, key + TOKENS).fma(x, a2);
      a3 = FloatVector.fromArray(FLOATS, keys, key + TOKENS + LANES).fma(x, a3);
    }
    a0.add(a2).intoArray(to, toAt);
    a1.add(a3).intoArray(to, toAt + LANES);
  }

  /// Adds the values of a page, weighted, to the sums of `count` queries from `place` on. Two
  /// tokens' values are `size` apart, and there are `tokens` of them.
  static void add(
      float[] weights,
      int first,
      int stride,
      int count,
      float[] numbers,
      int size,
      int tokens,
      SpanResults results,
      int place) {
    float[] sums = results.sums;
    int padded = results.padded;
    int at = place * padded;
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      int to = at + i * padded;
      for (int column = 0; column < padded; column += COLUMNS) {
        add4(weights, first + i * stride, stride, numbers, column, size, tokens, sums, to, padded);
      }
    }
    for (; i < count; i++) {
      int from = first + i * stride;
      int to = at + i * padded;
      int column = 0;
      for (; column + 4 * LANES <= padded; column += 4 * LANES) {
        add1Wide(weights, from, numbers, column, size, tokens, sums, to + column);
      }
      if (column < padded) {
        add1(weights, from, numbers, column, size, tokens, sums, to + column);
      }
    }
  }

  private static void add4(
      float[] weights,
      int from,
      int stride,
      float[] values,
      int column,
      int size,
      int tokens,
      float[] sums,
      int to,
      int padded) {
    int at = to + column;
    var a0 = FloatVector.fromArray(FLOATS, sums, at);
    var a1 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    var b0 = FloatVector.fromArray(FLOATS, sums, at + padded);
    var b1 = FloatVector.fromArray(FLOATS, sums, at + padded + LANES);
    var c0 = FloatVector.fromArray(FLOATS, sums, at + 2 * padded);
    var c1 = FloatVector.fromArray(FLOATS, sums, at + 2 * padded + LANES);
    var d0 = FloatVector.fromArray(FLOATS, sums, at + 3 * padded);
    var d1 = FloatVector.fromArray(FLOATS, sums, at + 3 * padded + LANES);
    for (int t = 0; t < tokens; t++) {
      var v0 = FloatVector.fromArray(FLOATS, values, t * size + column);
      var v1 = FloatVector.fromArray(FLOATS, values, t * size + column + LANES);
      var x = FloatVector.broadcast(FLOATS, weights[from + t]);
      a0 = x.fma(v0, a0);
      a1 = x.fma(v1, a1);
      x = FloatVector.broadcast(FLOATS, weights[from + stride + t]);
      b0 = x.fma(v0, b0);
      b1 = x.fma(v1, b1);
      x = FloatVector.broadcast(FLOATS, weights[from + 2 * stride + t]);
      c0 = x.fma(v0, c0);
      c1 = x.fma(v1, c1);
      x = FloatVector.broadcast(FLOATS, weights[from + 3 * stride + t]);
      d0 = x.fma(v0, d0);
      d1 = x.fma(v1, d1);
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
    b0.intoArray(sums, at + padded);
    b1.intoArray(sums, at + padded + LANES);
    c0.intoArray(sums, at + 2 * padded);
    c1.intoArray(sums, at + 2 * padded + LANES);
    d0.intoArray(sums, at + 3 * padded);
    d1.intoArray(sums, at + 3 * padded + LANES);
  }

  private static void add1Wide(
      float[] weights,
      int from,
      float[] values,
      int column,
      int size,
      int tokens,
      float[] sums,
      int at) {
    var a0 = FloatVector.fromArray(FLOATS, sums, at);
    var a1 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    var a2 = FloatVector.fromArray(FLOATS, sums, at + 2 * LANES);
    var a3 = FloatVector.fromArray(FLOATS, sums, at + 3 * LANES);
    for (int t = 0; t < tokens; t++) {
      var x = FloatVector.broadcast(FLOATS, weights[from + t]);
      int i = t * size + column;
      a0 = FloatVector.fromArray(FLOATS, values, i).fma(x, a0);
      a1 = FloatVector.fromArray(FLOATS, values, i + LANES).fma(x, a1);
      a2 = FloatVector.fromArray(FLOATS, values, i + 2 * LANES).fma(x, a2);
      a3 = FloatVector.fromArray(FLOATS, values, i + 3 * LANES).fma(x, a3);
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
    a2.intoArray(sums, at + 2 * LANES);
    a3.intoArray(sums, at + 3 * LANES);
  }

  private static void add1(
      float[] weights,
      int from,
      float[] values,
      int column,
      int size,
      int tokens,
      float[] sums,
      int at) {
    var a0 = FloatVector.fromArray(FLOATS, sums, at);
    var a1 = FloatVector.fromArray(FLOATS, sums, at + LANES);
    for (int t = 0; t < tokens; t++) {
      var x = FloatVector.broadcast(FLOATS, weights[from + t]);
      int i = t * size + column;
      a0 = FloatVector.fromArray(FLOATS, values, i).fma(x, a0);
      a1 = FloatVector.fromArray(FLOATS, values, i + LANES).fma(x, a1);
    }
    a0.intoArray(sums, at);
    a1.intoArray(sums, at + LANES);
  }
}
