package dev.fader.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.Random;

/// Random operands for tests of kernels, and what is compared with them: plain arrays of double.
public final class Operands implements AutoCloseable {
  /// Stands around every window and must still stand there afterwards.
  private static final float GUARD = 1234.5f;

  /// A function of a matrix in double, of which gradients are taken.
  public interface Function {
    double[][] of(double[][] x);
  }

  public final TensorArena arena = TensorMemory.unlimited().open("operands");
  private final Random random;
  private final long seed;

  public Operands(long seed) {
    this.seed = seed;
    random = new Random(seed);
  }

  /// A window on a wider tensor, with normally distributed elements.
  public Matrix matrix(int rows, int columns) {
    var around = arena.floats(rows + 2L, columns + 5L);
    Matrix.of(around).fill(GUARD);
    var matrix = Matrix.of(around).rows(1, rows).columns(3, columns);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        matrix.set(r, c, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  /// Normally distributed elements.
  public Tensor vector(int length) {
    var tensor = arena.floats(length);
    for (int i = 0; i < length; i++) {
      tensor.set(i, (float) random.nextGaussian());
    }
    return tensor;
  }

  /// Ids below `bound`.
  public Tensor ids(int length, int bound) {
    var tensor = arena.allocate(DType.INT32, Shape.of(length));
    for (int i = 0; i < length; i++) {
      tensor.set(i, random.nextInt(bound));
    }
    return tensor;
  }

  /// Another window with the same elements.
  public Matrix copy(Matrix source) {
    var copy = matrix(source.rows(), source.columns());
    for (int r = 0; r < source.rows(); r++) {
      for (int c = 0; c < source.columns(); c++) {
        copy.set(r, c, source.get(r, c));
      }
    }
    return copy;
  }

  public static double[][] values(Matrix matrix) {
    var values = new double[matrix.rows()][matrix.columns()];
    for (int r = 0; r < matrix.rows(); r++) {
      for (int c = 0; c < matrix.columns(); c++) {
        values[r][c] = matrix.get(r, c);
      }
    }
    return values;
  }

  public static double[][] values(Tensor tensor) {
    return values(Matrix.of(tensor));
  }

  /// The gradient by x of the sum of `f(x) * weights`, by central differences. Their error is of
  /// the order of 1e-9 at a step of 1e-5, far below that of float32.
  public static double[][] gradient(Function f, double[][] x, double[][] weights) {
    double step = 1e-5;
    var gradient = new double[x.length][];
    for (int r = 0; r < x.length; r++) {
      gradient[r] = new double[x[r].length];
      for (int c = 0; c < x[r].length; c++) {
        double before = x[r][c];
        x[r][c] = before + step;
        double above = dot(f.of(x), weights);
        x[r][c] = before - step;
        double below = dot(f.of(x), weights);
        x[r][c] = before;
        gradient[r][c] = (above - below) / (2 * step);
      }
    }
    return gradient;
  }

  private static double dot(double[][] y, double[][] weights) {
    double sum = 0;
    for (int r = 0; r < y.length; r++) {
      for (int c = 0; c < y[r].length; c++) {
        sum += y[r][c] * weights[r][c];
      }
    }
    return sum;
  }

  /// Every element within `tolerance` of the largest one, and nothing written around the window.
  public void assertClose(double[][] expected, Matrix actual, double tolerance, String what) {
    double largest = 1e-30;
    for (var row : expected) {
      for (double value : row) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    for (int r = 0; r < actual.rows(); r++) {
      for (int c = 0; c < actual.columns(); c++) {
        assertEquals(
            expected[r][c],
            actual.get(r, c),
            tolerance * largest,
            what + " at " + r + ", " + c + ", seed " + seed);
      }
    }
    assertGuarded(actual, what);
  }

  public void assertClose(double[][] expected, Tensor actual, double tolerance, String what) {
    assertClose(expected, Matrix.of(actual), tolerance, what);
  }

  private void assertGuarded(Matrix window, String what) {
    if (window.offset() == 0) {
      return;
    }
    var around = window.tensor();
    long end = window.offset() + (window.rows() - 1) * window.rowStride() + window.columns();
    for (long i = 0; i < around.elements(); i++) {
      long column = (i - window.offset()) % window.rowStride();
      if (i < window.offset() || i >= end || column >= window.columns()) {
        assertEquals(GUARD, around.get(i), what + " wrote outside, seed " + seed);
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
