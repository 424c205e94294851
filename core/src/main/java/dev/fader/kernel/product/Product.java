package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Matrix;

/// A product c = a b, or a part of one.
///
/// @param a (rows, depth)
/// @param b (depth, columns)
/// @param c (rows, columns)
/// @param add whether the product is added to c
record Product(Matrix a, Matrix b, Matrix c, boolean add) {
  int rows() {
    return c.rows();
  }

  int columns() {
    return c.columns();
  }

  /// How many terms an element of the result sums.
  int depth() {
    return a.columns();
  }

  /// Up to `count` terms from `k` on, added to those before.
  Product steps(int k, int count) {
    int steps = Math.min(count, depth() - k);
    return new Product(a.columns(k, steps), b.rows(k, steps), c, add || k > 0);
  }

  /// Up to `count` rows of the result.
  Product ofRows(int start, int count) {
    int rows = Math.min(count, rows() - start);
    return new Product(a.rows(start, rows), b, c.rows(start, rows), add);
  }

  /// Up to `count` columns of the result.
  Product ofColumns(int start, int count) {
    int columns = Math.min(count, columns() - start);
    return new Product(a, b.columns(start, columns), c.columns(start, columns), add);
  }
}
