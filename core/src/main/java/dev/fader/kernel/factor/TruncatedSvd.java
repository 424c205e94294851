package dev.fader.kernel.factor;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// The largest singular values of a big matrix, by a random range and powers of the matrix (Halko,
/// Martinsson and Tropp 2011, SIAM Review 53(2), algorithms 4.4 and 5.1).
///
/// With `rank + oversampling` random directions and `q` iterations the expected error of the best
/// `rank` directions is at most
///
/// ```
/// (1 + sqrt(rank / (oversampling - 1)) + e sqrt(rank + oversampling) / oversampling * sqrt(least - rank))^(1 / (2q + 1))
/// ```
///
/// times the first value that is left out (their corollary 10.10; `least` is the smaller of the
/// sizes). With the usual settings, rank 16 of 4096 x 14336: 1.31. Vectors whose value stands out
/// from that of the first direction left out, of number `rank + oversampling + 1`, by a factor `f`
/// are found to `f^-(2q + 1)`. What is found is exact to float32: products of the matrix are
/// float32, so values have an error of about 1e-6 of the largest; all else is double. Where nearly
/// as many directions are wanted as there are, all are computed in double instead.
///
/// @param rank how many values are wanted
/// @param oversampling how many directions are followed beside them
/// @param iterations how often the matrix and its transposed one are applied once more
/// @param seed of the random directions
public record TruncatedSvd(int rank, int oversampling, int iterations, long seed) {
  private static final int USUAL_OVERSAMPLING = 10;
  private static final int USUAL_ITERATIONS = 8;

  /// Up to this size of the smaller side all values are computed.
  private static final int SMALL = 128;

  /// Numbers of a window of rows: 32 MB.
  private static final int WINDOW = 1 << 23;

  public TruncatedSvd {
    if (rank < 1 || oversampling < 0 || iterations < 0) {
      throw new IllegalArgumentException(
          "%d singular values, oversampling %d, %d iterations: at least 1, 0 and 0"
              .formatted(rank, oversampling, iterations));
    }
  }

  /// That many values, with the usual settings.
  public static TruncatedSvd of(int rank, long seed) {
    return new TruncatedSvd(rank, USUAL_OVERSAMPLING, USUAL_ITERATIONS, seed);
  }

  /// The largest values, at most as many as the smaller of rows and columns. The same bits for any
  /// number of threads.
  ///
  /// @param memory where scratch is allocated, which is freed again: a window of 32 MB and two
  ///   narrow matrices
  /// @throws IllegalArgumentException if a number is not finite
  public SingularValues factor(MatrixRows a, Kernels kernels, TensorMemory memory) {
    int least = Math.min(a.rows(), a.columns());
    int directions = (int) Math.min((long) rank + oversampling, least);
    if (least <= SMALL || 2L * directions > least) {
      return SingularValues.of(ColumnMatrix.of(a)).first(rank);
    }
    try (var scratch = memory.open("singular values")) {
      return range(new Windows(a, directions, kernels, scratch)).first(rank);
    }
  }

  private SingularValues range(Windows a) {
    a.drawRight(RandomGeneratorFactory.of("L64X128MixRandom").create(seed));
    a.multiply();
    var left = ThinQr.of(ColumnMatrix.of(a.left())).q();
    for (int i = 0; i < iterations; i++) {
      left.writeTo(a.left());
      a.multiplyTransposed();
      ThinQr.of(ColumnMatrix.of(a.right())).q().writeTo(a.right());
      a.multiply();
      left = ThinQr.of(ColumnMatrix.of(a.left())).q();
    }
    left.writeTo(a.left());
    a.multiplyTransposed();
    // a is about left left' a, and the transposed of left' a is what was computed.
    return SingularValues.of(ColumnMatrix.of(a.right())).transposed().within(left);
  }

  /// A matrix that is read a window of rows at a time, and narrow ones on both sides of it.
  private static final class Windows {
    private final MatrixRows source;
    private final Kernels kernels;
    private final Matrix window;
    private final Matrix left; // (rows, directions)
    private final Matrix right; // (columns, directions)

    Windows(MatrixRows source, int directions, Kernels kernels, TensorArena scratch) {
      this.source = source;
      this.kernels = kernels;
      int height = Math.clamp(WINDOW / source.columns(), 1, source.rows());
      window = Matrix.of(scratch.floats(height, source.columns()));
      left = Matrix.of(scratch.floats(source.rows(), directions));
      right = Matrix.of(scratch.floats(source.columns(), directions));
    }

    Matrix left() {
      return left;
    }

    Matrix right() {
      return right;
    }

    void drawRight(RandomGenerator random) {
      for (int i = 0; i < right.rows(); i++) {
        for (int j = 0; j < right.columns(); j++) {
          right.set(i, j, (float) random.nextGaussian());
        }
      }
    }

    /// left = a right.
    void multiply() {
      for (int first = 0; first < source.rows(); first += window.rows()) {
        var rows = read(first);
        kernels.product().multiply(rows, right, left.rows(first, rows.rows()));
      }
    }

    /// right = a' left.
    void multiplyTransposed() {
      for (int first = 0; first < source.rows(); first += window.rows()) {
        var rows = read(first);
        kernels
            .product()
            .multiply(rows.transposed(), left.rows(first, rows.rows()), right, first > 0);
      }
    }

    private Matrix read(int first) {
      int count = Math.min(window.rows(), source.rows() - first);
      kernels
          .workers()
          .forEach(
              count,
              (i, _) -> {
                var row = new float[source.columns()];
                source.read(first + i, row);
                for (int j = 0; j < row.length; j++) {
                  ColumnMatrix.requireFinite(row[j], first + i, j);
                }
                window.tensor().write((long) i * row.length, row, 0, row.length);
              });
      return window.rows(0, count);
    }
  }
}
