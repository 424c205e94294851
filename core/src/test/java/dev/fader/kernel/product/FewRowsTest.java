package dev.fader.kernel.product;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.kernel.Allocations;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Products of rows that are computed each as if alone, with several right operands side by side:
/// against sums in double, and against each other to the bit.
class FewRowsTest {
  private static final float GUARD = 1234.5f;

  private final TensorArena arena = TensorMemory.unlimited().open("test");

  @AfterEach
  void close() {
    arena.close();
  }

  /// Of weights that are stored (out, in).
  private Matrix weight(DType type, int columns, int depth, Random random) {
    return Matrix.of(StoredWeights.random(arena, type, columns, depth, random)).transposed();
  }

  private Matrix gaussian(int rows, int columns, Random random) {
    var tensor = arena.floats(rows, columns);
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.set(i, (float) random.nextGaussian());
    }
    return Matrix.of(tensor);
  }

  /// Products in double, and how far those in float may be from them.
  private record Reference(double[][] sums, double[][] tolerances) {
    static Reference of(Matrix a, List<Matrix> b) {
      int columns = b.stream().mapToInt(Matrix::columns).sum();
      var reference = new Reference(new double[a.rows()][columns], new double[a.rows()][columns]);
      var rows = new float[a.rows()][a.columns()];
      for (int i = 0; i < rows.length; i++) {
        a.read(i, rows[i]);
      }
      int column = 0;
      for (var right : b) {
        var weights = new float[a.columns()];
        for (int j = 0; j < right.columns(); j++) {
          right.transposed().read(j, weights);
          for (int i = 0; i < rows.length; i++) {
            reference.sum(i, column, rows[i], weights);
          }
          column++;
        }
      }
      return reference;
    }

    private void sum(int i, int column, float[] row, float[] weights) {
      double sum = 0;
      double magnitude = 0;
      for (int k = 0; k < row.length; k++) {
        sum += (double) row[k] * weights[k];
        magnitude += Math.abs((double) row[k] * weights[k]);
      }
      sums[i][column] = sum;
      // As in MatrixProductTest: Higham, 3.1.
      tolerances[i][column] = (row.length + 2) * 0x1p-24 * magnitude;
    }

    void check(Matrix c, String what) {
      for (int i = 0; i < c.rows(); i++) {
        for (int column = 0; column < c.columns(); column++) {
          double sum = sums[i][column];
          int row = i;
          int of = column;
          assertEquals(
              sum,
              c.get(i, column),
              tolerances[i][column],
              () -> "%s, element %d, %d".formatted(what, row, of));
        }
      }
    }
  }

  /// Depths that are whole blocks, whole vectors, whole pieces, and none of these.
  private static int[] depths(DType type) {
    return type.isQuantized()
        ? new int[] {type.blockSize(), 3 * type.blockSize(), 2304}
        : new int[] {1, 7, 13, 31, 33, 100, 512, 1049};
  }

  @ParameterizedTest
  @MethodSource("dev.fader.kernel.KernelsUnderTest#weights")
  void everyTypeMatchesReference(DType type) {
    var random = new Random(1);
    for (int depth : depths(type)) {
      var b = List.of(weight(type, 37, depth, random));
      var a = gaussian(18, depth, random);
      var reference = Reference.of(a, b);
      for (int threads : KernelsUnderTest.threads(1, 3)) {
        try (var workers = Workers.of(threads)) {
          for (var kernels : KernelsUnderTest.ofThisRun(workers)) {
            for (int few : new int[] {0, 1, 5, 18}) {
              var c = Matrix.of(arena.floats(18, 37));
              kernels.product().multiply(a, b, c, few);
              reference.check(c, "seed 1: %s, depth %d, few %d".formatted(type, depth, few));
            }
          }
        }
      }
    }
  }

  /// What a row becomes depends on nothing but the row.
  @ParameterizedTest
  @MethodSource("dev.fader.kernel.KernelsUnderTest#weights")
  void rowsBesideItAndThreadsChangeNoBit(DType type) {
    var random = new Random(2);
    for (int depth : depths(type)) {
      var b = List.of(weight(type, 45, depth, random), weight(type, 3, depth, random));
      var a = gaussian(17, depth, random);
      float[] alone = new float[17 * 48];
      try (var workers = Workers.of(1)) {
        var product = Kernels.choose(workers).product();
        for (int row = 0; row < 17; row++) {
          var c = Matrix.of(arena.floats(1, 48));
          product.multiply(a.rows(row, 1), b, c, 1);
          System.arraycopy(c.tensor().toArray(), 0, alone, row * 48, 48);
        }
      }
      for (int threads : KernelsUnderTest.threads(1, 5, 2)) {
        try (var workers = Workers.of(threads)) {
          var product = Kernels.choose(workers).product();
          for (int rows = 1; rows <= 17; rows++) {
            var c = Matrix.of(arena.floats(rows, 48));
            product.multiply(a.rows(0, rows), b, c, rows);
            var expected = java.util.Arrays.copyOf(alone, rows * 48);
            String what = "seed 2: %s, depth %d, %d rows, %d threads";
            assertArrayEquals(
                expected, c.tensor().toArray(), what.formatted(type, depth, rows, threads));
          }
        }
      }
    }
  }

  /// The same of rows that are packed.
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT32", "BFLOAT16", "Q4_0", "Q6_K"})
  void packedRowsDependOnNoOthers(DType type) {
    var random = new Random(3);
    var b = List.of(weight(type, 70, 768, random), weight(type, 5, 768, random));
    var a = gaussian(40, 768, random);
    try (var workers = Workers.of(2)) {
      var product = Kernels.choose(workers).product();
      var all = Matrix.of(arena.floats(40, 75));
      product.multiply(a, b, all, 0);
      for (int few : new int[] {1, 6, 39}) {
        var c = Matrix.of(arena.floats(40, 75));
        product.multiply(a, b, c, few);
        for (int i = few; i < 40; i++) {
          for (int j = 0; j < 75; j++) {
            int row = i;
            assertEquals(
                all.get(i, j), c.get(i, j), () -> "seed 3: row %d, few %d".formatted(row, few));
          }
        }
      }
    }
  }

  @Test
  void operandsOfSeveralTypesAndWidthsStandSideBySide() {
    var random = new Random(4);
    var inputMajor = gaussian(512, 150, random);
    var narrow = Matrix.of(StoredWeights.random(arena, DType.FLOAT16, 512, 9, random));
    var b =
        List.of(
            weight(DType.Q4_K, 70, 512, random),
            weight(DType.FLOAT32, 1, 512, random),
            inputMajor,
            weight(DType.BFLOAT16, 33, 512, random),
            narrow,
            weight(DType.Q8_0, 300, 512, random));
    int columns = 70 + 1 + 150 + 33 + 9 + 300;
    for (int threads : new int[] {1, 2}) {
      try (var workers = Workers.of(threads)) {
        for (var kernels : KernelsUnderTest.ofThisRun(workers)) {
          for (int rows : new int[] {1, 4, 7}) {
            var wide = Matrix.of(arena.floats(rows + 2, columns + 7));
            wide.fill(GUARD);
            var a = gaussian(rows + 3, 600, random).rows(2, rows).columns(5, 512);
            var c = wide.rows(1, rows).columns(4, columns);
            kernels.product().multiply(a, b, c, rows);
            Reference.of(a, b).check(c, "seed 4: %d rows, %d threads".formatted(rows, threads));
            for (int i = 0; i < wide.rows(); i++) {
              for (int j = 0; j < wide.columns(); j++) {
                boolean inside = i >= 1 && i <= rows && j >= 4 && j < 4 + columns;
                if (inside != (wide.get(i, j) != GUARD)) {
                  fail("seed 4: " + wide.get(i, j) + " at " + i + ", " + j);
                }
              }
            }
          }
        }
      }
    }
  }

  /// Rows of b contiguous: to the bit whatever stands beside a row.
  @Test
  void rowsBesideItChangeNoBitWhereRowsOfTheWeightAreContiguous() {
    var random = new Random(5);
    var b = List.of(gaussian(100, 300, random));
    var a = gaussian(16, 100, random);
    try (var workers = Workers.of(2)) {
      var product = Kernels.choose(workers).product();
      var all = Matrix.of(arena.floats(16, 300));
      product.multiply(a, b, all, 16);
      for (int row = 0; row < 16; row++) {
        var c = Matrix.of(arena.floats(1, 300));
        product.multiply(a.rows(row, 1), b, c, 1);
        for (int j = 0; j < 300; j++) {
          assertEquals(all.get(row, j), c.get(0, j), "seed 5: element " + row + ", " + j);
        }
      }
    }
  }

  /// Where rows of the weight are decoded as they lie, few rows have the bits of packed ones.
  @ParameterizedTest
  @MethodSource("dev.fader.kernel.KernelsUnderTest#weights")
  void rowsOfTheWeightThatAreDecodedGiveTheBitsOfPackedOnes(DType type) {
    var random = new Random(12);
    int block = type.blockSize();
    // Several pieces of columns by several panels of depth are nothing that depends on the type.
    boolean large = type == DType.FLOAT32 || type == DType.BFLOAT16 || type == DType.Q4_K;
    for (int depth : new int[] {1, 7, 100, 257, 2305}) {
      // A single column would be contiguous, and read as such.
      int narrow = Math.max(block, 7);
      int wide = 1100 / block * block + block; // more than a piece
      boolean both = depth == 257 || (depth == 2305 && large);
      for (int columns : both ? new int[] {narrow, wide} : new int[] {narrow}) {
        var stored = Matrix.of(StoredWeights.random(arena, type, depth, columns, random));
        int start = columns / 3;
        var b = List.of(stored, stored.columns(start, columns - start));
        var a = gaussian(18, depth, random);
        for (int threads : KernelsUnderTest.threads(1, 3)) {
          try (var workers = Workers.of(threads)) {
            var product = Kernels.choose(workers).product();
            var packed = Matrix.of(arena.floats(18, 2 * columns - start));
            product.multiply(a, b, packed, 0);
            for (int rows : new int[] {1, 5, 18}) {
              var few = Matrix.of(arena.floats(rows, 2 * columns - start));
              product.multiply(a.rows(0, rows), b, few, rows);
              assertArrayEquals(
                  packed.tensor().slice(0, rows).toArray(),
                  few.tensor().toArray(),
                  "seed 12: %s, %d x %d, %d rows".formatted(type, depth, columns, rows));
            }
          }
        }
      }
    }
  }

  @Test
  void groupsOfRowsGetWhatTheyGetAlone() {
    var random = new Random(13);
    var a = gaussian(23, 100, random);
    int[] rows = {1, 5, 17};
    int[] few = {1, 3, 0};
    var c = Matrix.of(arena.floats(23, 40));
    var groups = new RowGroups();
    for (int threads : new int[] {1, 3}) {
      try (var workers = Workers.of(threads)) {
        for (var kernels : KernelsUnderTest.ofThisRun(workers)) {
          groups.clear();
          int first = 0;
          for (int i = 0; i < rows.length; i++) {
            var right =
                List.of(
                    weight(DType.BFLOAT16, 33, 100, random), weight(DType.FLOAT32, 7, 100, random));
            groups.add(rows[i], few[i], right);
            var alone = Matrix.of(arena.floats(rows[i], 40));
            kernels.product().multiply(a.rows(first, rows[i]), right, alone, few[i]);
            first += rows[i];
            kernels.product().multiply(a, groups, c);
            float[] actual = c.tensor().slice(first - rows[i], rows[i]).toArray();
            assertArrayEquals(alone.tensor().toArray(), actual, "seed 13: group " + i);
          }
        }
      }
    }
    var refused = assertThrows(IllegalArgumentException.class, () -> groups.add(2, 3, List.of()));
    assertEquals("3 few rows of 2: must be 0 to all of them", refused.getMessage());
    groups.add(1, 1, List.of(weight(DType.FLOAT32, 40, 100, random)));
    try (var workers = Workers.of(1)) {
      var product = Kernels.choose(workers).product();
      var tooMany =
          assertThrows(IllegalArgumentException.class, () -> product.multiply(a, groups, c));
      assertEquals("groups of 24 rows in all, of 23", tooMany.getMessage());
    }
  }

  /// Windows whose columns begin within a block, and results whose columns are apart.
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"BFLOAT16", "Q4_0", "Q8_0", "Q4_K", "Q6_K", "IQ4_XS"})
  void windowCuttingBlocksMatchesReference(DType type) {
    var random = new Random(6);
    var stored = Matrix.of(StoredWeights.random(arena, type, 20, 1024, random));
    var b = List.of(stored.rows(3, 13).columns(45, 701).transposed());
    try (var workers = Workers.of(2)) {
      for (var kernels : KernelsUnderTest.ofThisRun(workers)) {
        for (int rows : new int[] {1, 4, 13}) {
          var a = gaussian(701, rows, random).transposed();
          var c = gaussian(13, rows, random).transposed();
          kernels.product().multiply(a, b, c, rows);
          Reference.of(a, b).check(c, "seed 6: " + type);
        }
      }
    }
  }

  @Test
  void emptyOperandsGiveZerosOrNothing() {
    try (var workers = Workers.of(2)) {
      for (var kernels : KernelsUnderTest.ofThisRun(workers)) {
        var zeros = Matrix.of(arena.floats(3, 4));
        zeros.fill(1);
        var deep = Matrix.of(arena.floats(5, 1)).columns(0, 0);
        var wide = deep.rows(0, 4).transposed();
        kernels.product().multiply(deep.rows(0, 3), List.of(wide), zeros, 2);
        assertArrayEquals(new float[12], zeros.tensor().toArray());
        var none = new Matrix(arena.floats(3, 1), 0, 3, 0, 1, 1);
        kernels.product().multiply(Matrix.of(arena.floats(3, 5)), List.of(), none, 3);
      }
    }
  }

  @Test
  void operandsThatDoNotFitThrow() {
    try (var workers = Workers.of(1)) {
      var product = Kernels.choose(workers).product();
      var a = Matrix.of(arena.floats(3, 5));
      var b = Matrix.of(arena.floats(5, 4));
      var c = Matrix.of(arena.floats(3, 9));
      assertEquals(
          "cannot multiply 3 x 5 by 8 columns into 3 x 9",
          refused(() -> product.multiply(a, List.of(b, b), c, 3)));
      assertEquals(
          "cannot multiply 3 x 5 by 4 x 5, right operand 2 of 2",
          refused(() -> product.multiply(a, List.of(b, b.transposed()), c, 3)));
      assertEquals(
          "4 few rows of 3: must be 0 to all of them",
          refused(() -> product.multiply(a, List.of(b), c, 4)));
    }
  }

  /// All halves, infinities and NaN among them, one in each line.
  @Test
  void everyHalfComesOutAsItIs() {
    int depth = 32;
    var weights = arena.allocate(DType.FLOAT16, Shape.of(1 << 16, depth));
    for (int half = 0; half < 1 << 16; half++) {
      weights.segment().set(JAVA_SHORT, 2L * (half * depth + half % depth), (short) half);
    }
    var b = List.of(Matrix.of(weights).transposed());
    var a = Matrix.of(arena.floats(7, depth));
    a.fill(1);
    try (var workers = Workers.of(1)) {
      var product = Kernels.choose(workers).product();
      for (int rows : new int[] {1, 2, 7}) {
        var c = Matrix.of(arena.floats(rows, 1 << 16));
        product.multiply(a.rows(0, rows), b, c, rows);
        for (int half = 0; half < 1 << 16; half++) {
          for (int row = 0; row < rows; row++) {
            float expected = Float.float16ToFloat((short) half) + 0f;
            if (Float.compare(expected, c.get(row, half)) != 0) {
              assertEquals(expected, c.get(row, half), "half " + half + ", " + rows + " rows");
            }
          }
        }
      }
    }
  }

  /// Numbers that are infinite when they are scaled as halves want them, in one of three rows.
  @Test
  void rowsThatAreTooLargeForHalvesAreDecodedWith() {
    var random = new Random(14);
    var a = gaussian(3, 64, random);
    for (int k = 0; k < 64; k++) {
      a.set(1, k, a.get(1, k) * 0x1p100f);
    }
    var b = List.of(weight(DType.FLOAT16, 37, 64, random));
    try (var workers = Workers.of(1)) {
      var product = Kernels.choose(workers).product();
      var together = Matrix.of(arena.floats(3, 37));
      product.multiply(a, b, together, 3);
      Reference.of(a, b).check(together, "seed 14");
      for (int row = 0; row < 3; row++) {
        var alone = Matrix.of(arena.floats(1, 37));
        product.multiply(a.rows(row, 1), b, alone, 1);
        assertArrayEquals(
            alone.tensor().toArray(), together.tensor().slice(row, 1).toArray(), "seed 14");
      }
    }
  }

  private static String refused(Runnable call) {
    return assertThrows(IllegalArgumentException.class, call::run).getMessage();
  }

  /// The types of usual files. A process that has met many more formats may reach the compiler's
  /// limits, which it shares among them.
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "BFLOAT16", "FLOAT16", "Q4_0", "Q8_0", "Q4_K", "Q6_K"})
  @Tag("allocation")
  void warmMultiplyAllocatesNothing(DType type) {
    try (var workers = Workers.of(1)) {
      var kernels = Kernels.choose(workers);
      assumeTrue(kernels.vectorBits() > 0, "the scalar kernels are the reference, not fast");
      var random = new Random(7);
      var b = List.of(weight(type, 96, 768, random), weight(type, 40, 768, random));
      for (int rows : new int[] {1, 2, 4, 7, 8}) {
        var a = gaussian(rows, 768, random);
        var c = Matrix.of(arena.floats(rows, 136));
        long least = Allocations.leastBytes(20, 0, () -> kernels.product().multiply(a, b, c, rows));
        assertTrue(least == 0, least + " bytes for " + rows + " rows of " + type);
      }
    }
  }
}
