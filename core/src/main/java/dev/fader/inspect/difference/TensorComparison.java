package dev.fader.inspect.difference;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.factor.MatrixRows;
import dev.fader.kernel.factor.SingularValues;
import dev.fader.kernel.factor.TruncatedSvd;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.util.OptionalInt;

/// Compares two tensors of the same shape.
final class TensorComparison {
  /// Parts at most, and numbers that are read at a time. Both depend on the shape alone, so that
  /// the bits do not depend on the number of threads.
  private static final int PARTS = 32;

  private static final int NUMBERS = 1 << 15;

  /// Numbers of a row, which is read whole: vocabularies and widths of neurons are far below. Each
  /// thread holds two rows, on the heap.
  static final int WIDEST = 1 << 22;

  /// Numbers that are rounded to see what rounding costs.
  private static final int SAMPLE = 1 << 16;

  /// The squared error that is still taken for rounding, over that of rounding here: files are made
  /// by other programs, with weights of importance.
  private static final double ROUNDING = 2;

  private static final long SEED = 1;

  /// Ranks that are looked for, one after the other.
  private static final int[] RANKS = {16, 128};

  /// The share of the squared difference that the first sixteen directions of 128 equal ones have.
  private static final double FEW = 16.0 / 128;

  /// Products of the decomposition are float32: smaller values than this share of the largest are
  /// rounding.
  private static final double FLOAT32 = 2e-6;

  /// Above the expected norm of a matrix of rounding errors.
  private static final double ABOVE_NOISE = 1.2;

  /// A share of the squared difference that does not count.
  private static final double NOTHING = 1e-4;

  private static final int OVERSAMPLING = 10;

  /// A value that stands out of noise is found with few of them.
  private static final int ITERATIONS = 2;

  private final Kernels kernels;
  private final TensorMemory memory;
  private final DifferenceSums[] parts = new DifferenceSums[PARTS];

  TensorComparison(Kernels kernels, TensorMemory memory) {
    this.kernels = kernels;
    this.memory = memory;
    for (int i = 0; i < PARTS; i++) {
      parts[i] = new DifferenceSums();
    }
  }

  TensorDifference compare(ComparedTensor a, ComparedTensor b) {
    var sums = sums(a, b);
    double change = Math.sqrt(sums.difference);
    double norm = Math.sqrt(sums.first);
    double cosine = sums.cosine();
    if (!sums.isFinite()) {
      return found(a, b, sums, OptionalInt.empty(), ChangeKind.NOT_FINITE, "");
    }
    if (sums.difference == 0) {
      var kind = isSameBytes(a, b) ? ChangeKind.SAME_BYTES : ChangeKind.SAME_VALUES;
      return found(a, b, sums, OptionalInt.empty(), kind, "");
    }
    boolean secondIsCoarser = a.bits() >= b.bits();
    var coarser = secondIsCoarser ? b : a;
    boolean exact = a.storage().computed() || b.storage().computed();
    if (!exact && a.stored() != b.stored() && isRounding(a, b, sums)) {
      var kind = coarser.stored().isQuantized() ? ChangeKind.QUANTIZED : ChangeKind.ROUNDED;
      var where = secondIsCoarser ? " to " : " before, to ";
      return found(a, b, sums, OptionalInt.empty(), kind, where + coarser.stored());
    }
    var rank = exact ? exactRank(a, b, sums) : rank(a, b, sums);
    if (rank.isPresent()) {
      return found(a, b, sums, rank, ChangeKind.LOW_RANK, " of rank about " + rank.getAsInt());
    }
    return found(a, b, sums, rank, ChangeKind.of(change / norm, cosine), "");
  }

  private static TensorDifference found(
      ComparedTensor a,
      ComparedTensor b,
      DifferenceSums sums,
      OptionalInt rank,
      ChangeKind kind,
      String more) {
    return new TensorDifference(
        a.name(),
        a.module(),
        a.layer(),
        a.shape(),
        a.stored().toString(),
        b.stored().toString(),
        Math.sqrt(sums.difference),
        Math.sqrt(sums.first),
        sums.cosine(),
        sums.count == 0 ? 0 : (double) sums.changed / sums.count,
        rank,
        kind,
        kind.words() + more);
  }

  private DifferenceSums sums(ComparedTensor a, ComparedTensor b) {
    long rows = a.rows();
    long columns = a.columns();
    long rowsEach = Math.max(1, Math.ceilDiv(rows, (long) PARTS));
    int count = (int) Math.ceilDiv(rows, rowsEach);
    int rowsAtOnce = (int) Math.clamp(NUMBERS / Math.max(1, columns), 1, rowsEach);
    kernels
        .workers()
        .forEach(
            count,
            (part, _) -> {
              parts[part].clear();
              var first = new float[Math.toIntExact(rowsAtOnce * columns)];
              var second = new float[first.length];
              long end = Math.min(rows, (part + 1) * rowsEach);
              for (long row = part * rowsEach; row < end; row += rowsAtOnce) {
                int length = (int) (Math.min(rowsAtOnce, end - row) * columns);
                a.numbers().read(row * columns, length, first);
                b.numbers().read(row * columns, length, second);
                parts[part].add(first, second, length);
              }
            });
    var sums = new DifferenceSums();
    for (int part = 0; part < count; part++) {
      sums.add(parts[part]);
    }
    return sums;
  }

  private static boolean isSameBytes(ComparedTensor a, ComparedTensor b) {
    var first = a.storage().inPlace().map(Tensor::segment);
    var second = b.storage().inPlace().map(Tensor::segment);
    return a.stored() == b.stored()
        && first.isPresent()
        && second.isPresent()
        && first.get().mismatch(second.get()) < 0;
  }

  /// Whether the difference is what rounding the finer tensor to the type of the coarser one costs.
  /// That is tried on rows spread over the tensor. Types that are only read cannot be tried; there
  /// the difference may be twice the least that any code of so many bits leaves of normal numbers,
  /// `2^-bits` (Shannon 1959).
  private boolean isRounding(ComparedTensor a, ComparedTensor b, DifferenceSums sums) {
    boolean secondIsCoarser = a.bits() >= b.bits();
    var finer = secondIsCoarser ? a : b;
    var coarser = secondIsCoarser ? b : a;
    var type = coarser.stored();
    boolean written = !type.isQuantized() || type.blockFormat().isWritten();
    if (!written || !coarser.storage().rowsAreStored() || a.columns() % type.blockSize() != 0) {
      return type.isQuantized()
          && Math.sqrt(sums.difference) <= 2 * Math.pow(2, -coarser.bits()) * Math.sqrt(sums.first);
    }
    long columns = a.columns();
    int length = Math.toIntExact(columns);
    long wanted = Math.clamp(SAMPLE / columns, 1, a.rows());
    long step = Math.max(1, a.rows() / wanted);
    var original = new float[length];
    var stored = new float[length];
    var rounded = new float[length];
    double cost = 0;
    double found = 0;
    try (var passing = memory.open("rounded rows")) {
      var row = passing.allocate(type, Shape.of(columns));
      for (long i = 0; i < a.rows(); i += step) {
        finer.numbers().read(i * columns, length, original);
        coarser.numbers().read(i * columns, length, stored);
        row.write(0, original, 0, length);
        row.read(0, rounded, 0, length);
        for (int k = 0; k < length; k++) {
          double error = (double) rounded[k] - original[k];
          double difference = (double) stored[k] - original[k];
          cost += error * error;
          found += difference * difference;
        }
      }
    } catch (IllegalArgumentException tooLarge) {
      return false; // the type does not hold these numbers
    }
    return found <= ROUNDING * cost && Double.isFinite(cost);
  }

  /// How many singular values of the difference stand out of what float32 products and the rounding
  /// of the second tensor to its type make, if what is left is no more than that; empty if it is,
  /// if more than 128 do or half of all, and where numbers are in blocks, whose errors are too
  /// large.
  private OptionalInt rank(ComparedTensor a, ComparedTensor b, DifferenceSums sums) {
    return a.stored().isQuantized() || b.stored().isQuantized()
        ? OptionalInt.empty()
        : rank(a, b, sums, new Errors(noise(a.stored(), sums), noise(b.stored(), sums)));
  }

  /// The same where nothing was rounded but by the sums here.
  private OptionalInt exactRank(ComparedTensor a, ComparedTensor b, DifferenceSums sums) {
    double rounding = noise(DType.FLOAT32, sums);
    return rank(a, b, sums, new Errors(rounding, rounding));
  }

  /// Deviations of what was rounded.
  private record Errors(double first, double second) {}

  private OptionalInt rank(ComparedTensor a, ComparedTensor b, DifferenceSums sums, Errors errors) {
    if (a.rows() < 2
        || a.columns() < 2
        || a.rows() > Integer.MAX_VALUE
        || a.columns() > Integer.MAX_VALUE) {
      return OptionalInt.empty();
    }
    var difference = matrix(a, (int) a.rows(), (int) a.columns(), b);
    int few = (int) Math.min(a.rows(), a.columns()) / 2;
    for (int wanted : RANKS) {
      int most = Math.min(wanted, few);
      var found =
          new TruncatedSvd(most + 1, OVERSAMPLING, ITERATIONS, SEED)
              .factor(difference, kernels, memory);
      // The first model is what the second was made of, or was rounded afterwards itself.
      var exact = rank(found, errors.second, a, sums);
      var rank =
          exact.isPresent() ? exact : rank(found, Math.max(errors.first, errors.second), a, sums);
      if (rank.isPresent()) {
        return rank;
      }
      if (most == few || found.squaredNorm() < FEW * sums.difference) {
        return OptionalInt.empty();
      }
    }
    return OptionalInt.empty();
  }

  /// The rank with errors of that deviation.
  private static OptionalInt rank(
      SingularValues found, double deviation, ComparedTensor a, DifferenceSums sums) {
    // The norm of a matrix of independent numbers of deviation s is about
    // s (sqrt(rows) + sqrt(columns)) (Vershynin 2018, theorem 4.4.5).
    double noise =
        ABOVE_NOISE * deviation * (Math.sqrt((double) a.rows()) + Math.sqrt((double) a.columns()))
            + FLOAT32 * found.value(0);
    int rank = 0;
    double energy = 0;
    while (rank < found.count() && found.value(rank) > noise) {
      energy += found.value(rank) * found.value(rank);
      rank++;
    }
    double left = sums.difference - energy;
    boolean isAll = left <= 2 * sums.count * deviation * deviation + NOTHING * sums.difference;
    return rank > 0 && isAll ? OptionalInt.of(rank) : OptionalInt.empty();
  }

  private static MatrixRows matrix(ComparedTensor a, int rows, int columns, ComparedTensor b) {
    return MatrixRows.of(
        rows,
        columns,
        (row, target) -> {
          var first = new float[columns];
          a.numbers().read((long) row * columns, columns, first);
          b.numbers().read((long) row * columns, columns, target);
          for (int i = 0; i < columns; i++) {
            target[i] -= first[i];
          }
        });
  }

  /// The deviation of what rounding to a type adds to numbers like those of the second tensor:
  /// errors are spread evenly over the step between neighbours, whose square is 12 times their
  /// variance.
  private static double noise(DType type, DifferenceSums sums) {
    double step =
        switch (type) {
          case BFLOAT16 -> 0x1p-7;
          case FLOAT16 -> 0x1p-10;
          default -> 0x1p-23;
        };
    return step * Math.sqrt(sums.binades / sums.count / 12);
  }

  /// Gives the pages of mapped files back.
  static void unload(ComparedTensor tensor) {
    if (!tensor.storage().computed()) {
      tensor.storage().inPlace().ifPresent(Tensor::unload);
    }
  }
}
