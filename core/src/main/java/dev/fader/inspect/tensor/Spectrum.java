package dev.fader.inspect.tensor;

import dev.fader.kernel.Engine;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.factor.MatrixRows;
import dev.fader.kernel.factor.SingularValues;
import dev.fader.kernel.factor.TriangularFactor;
import dev.fader.kernel.factor.TruncatedSvd;
import dev.fader.tensor.TensorMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/// The singular values of a matrix, and what they say of its rank.
///
/// @param largest the leading singular values, the first of which is the spectral norm
/// @param squaredNorm the sum of the squares of all
/// @param effectiveRank `exp(H(p))` of `p = values^2 / sum of values^2` (Roy and Vetterli 2007,
///   with energies): between 1 and the number of values; empty where only the largest are known
public record Spectrum(List<Double> largest, double squaredNorm, OptionalDouble effectiveRank) {
  /// Up to this many rows or columns, whichever are fewer, all singular values are computed: beyond
  /// it that takes minutes.
  public static final int ALL = 512;

  /// Numbers of a matrix of which all are computed: beyond it that takes minutes, too.
  static final long MOST_NUMBERS = 1L << 28;

  private static final long SEED = 1;
  private static final long COPIES = 5; // while a matrix is taken apart
  private static final int DIRECTIONS = 10; // that are followed beside those that are wanted

  public Spectrum {
    largest = List.copyOf(largest);
  }

  /// The spectral norm: the largest singular value, 0 of a matrix of zeros.
  public double norm() {
    return largest.isEmpty() ? 0 : largest.getFirst();
  }

  /// The squared Frobenius norm over the squared spectral norm: the rank at least, and unlike that
  /// not changed by what is tiny (Rudelson and Vershynin 2007). 0 of a matrix of zeros.
  public double stableRank() {
    return norm() == 0 ? 0 : squaredNorm / (norm() * norm());
  }

  /// The share of the squared norm that the known values have.
  public double energy() {
    double sum = 0;
    for (double value : largest) {
      sum += value * value;
    }
    return squaredNorm == 0 ? 0 : sum / squaredNorm;
  }

  /// The spectrum of a tensor as a matrix, all dimensions but the last together as its rows.
  ///
  /// @param count of leading values that are kept
  /// @param stop asked before each row is read
  /// @throws CancellationException if it is stopped
  /// @throws IllegalArgumentException if a number is not finite, or the tensor too long
  /// @throws UnsupportedOperationException if its type is not decoded
  @SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
  public static Spectrum of(ModelTensor tensor, int count, Engine engine, BooleanSupplier stop) {
    var rows = tensor.rows();
    var watched =
        MatrixRows.of(
            rows.rows(),
            rows.columns(),
            (row, target) -> {
              if (stop.getAsBoolean()) {
                throw new CancellationException("nobody waits for it any more");
              }
              rows.read(row, target);
            });
    return of(watched, count, engine.kernels(), engine.memory());
  }

  /// About the bytes of heap that this takes for a tensor: copies in double of a square where all
  /// values are computed, or else of narrow matrices beside and above it.
  public static long heapBytes(TensorEntry entry, int count) {
    boolean all = Math.min(entry.rows(), entry.columns()) <= ALL;
    long numbers =
        all
            ? (long) ALL * ALL
            : Math.multiplyExact(
                Math.addExact(entry.rows(), entry.columns()), (long) count + DIRECTIONS);
    return Math.multiplyExact(COPIES * Double.BYTES, numbers);
  }

  static Spectrum of(MatrixRows matrix, int count, Kernels kernels, TensorMemory memory) {
    int least = Math.min(matrix.rows(), matrix.columns());
    long numbers = (long) matrix.rows() * matrix.columns();
    if (least <= ALL && numbers > MOST_NUMBERS) {
      throw new IllegalArgumentException(
          "a matrix of %d x %d is too long for its singular values: those of up to %d numbers are computed"
              .formatted(matrix.rows(), matrix.columns(), MOST_NUMBERS));
    }
    double squaredNorm = matrix.squaredNorm();
    if (least > ALL) {
      var found = TruncatedSvd.of(count, SEED).factor(matrix, kernels, memory);
      return new Spectrum(values(found, count), squaredNorm, OptionalDouble.empty());
    }
    var all = SingularValues.of(TriangularFactor.of(matrix));
    return new Spectrum(values(all, count), squaredNorm, OptionalDouble.of(effectiveRank(all)));
  }

  private static List<Double> values(SingularValues found, int count) {
    var values = new ArrayList<Double>();
    for (int i = 0; i < Math.min(count, found.count()); i++) {
      values.add(found.value(i));
    }
    return values;
  }

  private static double effectiveRank(SingularValues all) {
    double sum = 0;
    for (int i = 0; i < all.count(); i++) {
      sum += all.value(i) * all.value(i);
    }
    double entropy = 0;
    for (int i = 0; i < all.count(); i++) {
      double share = all.value(i) * all.value(i) / sum;
      entropy -= share > 0 ? share * Math.log(share) : 0;
    }
    return sum == 0 ? 0 : Math.exp(entropy);
  }
}
