package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Matrix;

/// Matrix products: c = a b, or c += a b.
public sealed interface ProductKernel permits ScalarProduct, VectorProduct {
  /// Sets `c` to `a b`, or adds to it. Shapes and types have been checked.
  void multiply(Matrix a, Matrix b, Matrix c, boolean add);
}
