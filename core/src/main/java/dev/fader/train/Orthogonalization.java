package dev.fader.train;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;

/// Pushes the singular values of a matrix towards one with five steps of a quintic Newton-Schulz
/// iteration (Jordan et al. 2024). They end between about 0.7 and 1.2, which serves as well as one.
///
/// The memory is for the largest matrix there is, and is used for all of them in turn.
final class Orthogonalization {
  private static final int STEPS = 5;
  private static final float A = 3.4445f;
  private static final float B = -4.7750f;
  private static final float C = 2.0315f;
  private static final double LEAST_NORM = 1e-7;

  private final Kernels kernels;
  private final Tensor direction;
  private final Tensor iterate;
  private final Tensor next;
  private final Tensor gram;
  private final Tensor polynomial;

  /// Memory for matrices of up to `elements` elements whose shorter side is at most `shorter`.
  Orthogonalization(Kernels kernels, TensorArena arena, long elements, long shorter) {
    this.kernels = kernels;
    this.direction = arena.floats(elements);
    this.iterate = arena.floats(elements);
    this.next = arena.floats(elements);
    this.gram = arena.floats(Math.multiplyExact(shorter, shorter));
    this.polynomial = arena.floats(Math.multiplyExact(shorter, shorter));
  }

  Kernels kernels() {
    return kernels;
  }

  /// Memory of this shape for what is to be made orthogonal, the same for every caller.
  Tensor direction(Shape shape) {
    return direction.slice(0, shape.elements()).reshape(shape.dimension(0), shape.dimension(1));
  }

  /// `x` with its singular values pushed towards one, in memory that the next call uses again.
  Matrix orthogonal(Matrix x) {
    boolean tall = x.rows() > x.columns();
    var current = window(iterate, x.rows(), x.columns());
    var other = window(next, x.rows(), x.columns());
    kernels.elementwise().copy(x, current);
    double norm = Math.sqrt(kernels.updates().sumOfSquares(current.tensor()));
    kernels.elementwise().scale(current, (float) (1 / (norm + LEAST_NORM)));
    for (int step = 0; step < STEPS; step++) {
      iterate(tall ? current.transposed() : current, tall ? other.transposed() : other);
      var swapped = current;
      current = other;
      other = swapped;
    }
    return current;
  }

  /// y = (a I + b G + c G G) x with G = x x^T, for a wide x.
  private void iterate(Matrix x, Matrix y) {
    int side = x.rows();
    var g = window(gram, side, side);
    var p = window(polynomial, side, side);
    kernels.product().multiply(x, x.transposed(), g);
    kernels.product().multiply(g, g, p);
    kernels.elementwise().scale(p, C);
    kernels.elementwise().scale(g, B);
    kernels.elementwise().add(p, g, p);
    for (long i = 0; i < side; i++) {
      long diagonal = i * side + i;
      p.tensor().set(diagonal, p.tensor().get(diagonal) + A);
    }
    kernels.product().multiply(p, x, y);
  }

  private static Matrix window(Tensor memory, int rows, int columns) {
    return Matrix.of(memory.slice(0, (long) rows * columns).reshape(rows, columns));
  }
}
