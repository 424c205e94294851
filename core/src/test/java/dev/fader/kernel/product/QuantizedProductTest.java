package dev.fader.kernel.product;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.kernel.Allocations;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.quantized.BlockLines;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Products with quantised operands against sums in double over what the blocks decode to, whatever
/// the blocks hold: every format is fed random bytes.
class QuantizedProductTest {
  private final TensorArena arena = TensorMemory.unlimited().open("test");

  @AfterEach
  void close() {
    arena.close();
  }

  static Stream<DType> formats() {
    return KernelsUnderTest.weights().filter(DType::isQuantized);
  }

  private Tensor blocks(DType type, int rows, int columns, Random random) {
    return StoredWeights.random(arena, type, rows, columns, random);
  }

  private Matrix activations(int rows, int columns, Random random) {
    var tensor = arena.floats(rows, columns);
    for (int i = 0; i < rows * columns; i++) {
      tensor.set(i, (float) random.nextGaussian());
    }
    return Matrix.of(tensor);
  }

  private static void check(Kernels kernels, Matrix a, Matrix b, Matrix c, String what) {
    kernels.product().multiply(a, b, c);
    var columns = new float[b.columns()][b.rows()];
    for (int j = 0; j < b.columns(); j++) {
      b.transposed().read(j, columns[j]);
    }
    var row = new float[a.columns()];
    for (int i = 0; i < c.rows(); i++) {
      a.read(i, row);
      for (int j = 0; j < c.columns(); j++) {
        double sum = 0;
        double magnitude = 0;
        for (int k = 0; k < row.length; k++) {
          double term = (double) row[k] * columns[j][k];
          sum += term;
          magnitude += Math.abs(term);
        }
        // As in MatrixProductTest: Higham, 3.1.
        double tolerance = (row.length + 2) * 0x1p-24 * magnitude;
        int column = j;
        assertEquals(sum, c.get(i, j), tolerance, () -> what + ", column " + column);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("formats")
  void everyFormatAndRowCountMatchesReference(DType type) {
    int depth = type.blockSize() == 32 ? 544 : 768;
    for (int threads : KernelsUnderTest.threads(1, 3)) {
      try (var workers = Workers.of(threads)) {
        for (var kernels : KernelsUnderTest.ofThisRun(workers)) {
          var random = new Random(7);
          var weight = blocks(type, 37, depth, random);
          for (int rows : new int[] {1, 3, 7, 33}) {
            String what = "seed 7: %s, %d rows".formatted(type, rows);
            var x = activations(rows, depth, random);
            check(kernels, x, Matrix.of(weight).transposed(), activations(rows, 37, random), what);
            check(
                kernels,
                Matrix.of(weight),
                x.transposed(),
                activations(37, rows, random),
                what + ", weight on the left");
            check(
                kernels,
                activations(rows, 37, random),
                Matrix.of(weight),
                activations(rows, depth, random),
                what + ", weight untransposed");
          }
        }
      }
    }
  }

  /// Windows that cut blocks: a part of the columns of the activations' width, a part of the rows.
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"Q4_0", "Q8_0", "Q4_K", "Q6_K", "IQ2_XS"})
  void windowCuttingBlocksMatchesReference(DType type) {
    try (var workers = Workers.of(2)) {
      for (var kernels : KernelsUnderTest.ofThisRun(workers)) {
        var random = new Random(8);
        var window = Matrix.of(blocks(type, 20, 1024, random)).rows(3, 13).columns(45, 701);
        for (int rows : new int[] {1, 4, 13}) {
          var x = activations(rows, 701, random);
          var y = activations(rows, 13, random);
          check(kernels, x, window.transposed(), y, "seed 8: " + type);
        }
      }
    }
  }

  @Test
  void threadCountChangesNoBit() {
    var random = new Random(9);
    var types = new DType[] {DType.Q4_K, DType.Q5_0, DType.IQ4_XS};
    for (var type : KernelsUnderTest.isWidthGiven() ? new DType[] {DType.Q5_0} : types) {
      var weight = Matrix.of(blocks(type, 530, 2304, random)).transposed();
      for (int rows : new int[] {1, 4, 50}) {
        var x = activations(rows, 2304, random);
        float[] expected = {};
        for (int threads : new int[] {1, 2, 3, 5}) {
          try (var workers = Workers.of(threads)) {
            var y = Matrix.of(arena.floats(rows, 530));
            Kernels.choose(workers).product().multiply(x, weight, y);
            float[] actual = y.tensor().toArray();
            expected = threads == 1 ? actual : expected;
            assertArrayEquals(expected, actual, 0f, type + " with " + threads + " threads");
          }
        }
      }
    }
  }

  /// To the bit: decoders of vectors do what those of the formats do.
  @ParameterizedTest
  @MethodSource("formats")
  void blockLinesDecodeAsTensorDoes(DType type) {
    var weight = blocks(type, 5, 1024, new Random(10));
    var window = Window.ofRows(Matrix.of(weight));
    var expected = new float[1024];
    var decoded = new float[1024 + BlockLines.MARGIN];
    for (int row = 0; row < 5; row++) {
      weight.read(row * 1024L, expected, 0, 1024);
      for (int k : new int[] {0, 1, 255, 256, 700}) {
        int at = BlockLines.read(window, row, k, 1024 - k, decoded, 0);
        for (int i = k; i < 1024; i++) {
          assertEquals(expected[i], decoded[at + i - k], "seed 10: element " + i);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("formats")
  void embedFromQuantizedTable(DType type) {
    try (var workers = Workers.of(2)) {
      for (var kernels : KernelsUnderTest.ofThisRun(workers)) {
        var table = blocks(type, 9, 512, new Random(11));
        var ids = arena.allocate(DType.INT32, Shape.of(100));
        for (int i = 0; i < 100; i++) {
          ids.set(i, i * 7 % 9);
        }
        var y = Matrix.of(arena.floats(100, 512));
        kernels.embedding().embed(ids, table, y);
        var row = new float[512];
        for (int i = 0; i < 100; i++) {
          table.read(i * 7 % 9 * 512L, row, 0, 512);
          assertArrayEquals(row, y.tensor().slice(i, 1).toArray(), 0f, "seed 11: row " + i);
        }
      }
    }
  }

  @Test
  void scatteredWindowThrows() {
    try (var workers = Workers.of(1)) {
      var weight = arena.allocate(DType.Q8_0, Shape.of(4, 64));
      var scattered = new Matrix(weight, 0, 2, 8, 128, 2);
      var refused =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  Kernels.scalar(workers)
                      .product()
                      .multiply(
                          Matrix.of(arena.floats(3, 2)), scattered, Matrix.of(arena.floats(3, 8))));
      assertEquals(
          "cannot multiply Q8_0[4, 64]: neither rows nor columns of the window are side by side",
          refused.getMessage());
    }
  }

  @Test
  @Tag("allocation")
  void warmMultiplyAllocatesNothing() {
    var types =
        new DType[] {
          DType.Q4_0, DType.Q5_0, DType.Q8_0, DType.Q4_K, DType.Q5_K, DType.Q6_K, DType.IQ3_S
        };
    try (var workers = Workers.of(1)) {
      var kernels = Kernels.choose(workers);
      assumeTrue(kernels.vectorBits() > 0, "the scalar kernels are the reference, not fast");
      for (var type : types) {
        for (int rows : new int[] {1, 13}) {
          var a = Matrix.of(arena.floats(rows, 512));
          var b = Matrix.of(arena.allocate(type, Shape.of(96, 512))).transposed();
          var c = Matrix.of(arena.floats(rows, 96));
          long least =
              Allocations.leastBytes(20, 4_000, () -> kernels.product().multiply(a, b, c, true));
          // A few small objects describe a call; a vector for each block would be far more.
          assertTrue(least <= 4_000, least + " bytes for " + rows + " rows of " + type);
        }
      }
    }
  }
}
