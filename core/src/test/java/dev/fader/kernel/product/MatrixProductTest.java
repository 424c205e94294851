package dev.fader.kernel.product;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
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
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Matrix products of the scalar and of the chosen kernels against sums in double.
class MatrixProductTest {
  private static final int[] SIZES = {1, 2, 5, 7, 13, 31, 33, 100};

  private final TensorArena arena = TensorMemory.unlimited().open("test");

  @AfterEach
  void close() {
    arena.close();
  }

  /// How a matrix lies in memory.
  private enum Layout {
    ROWS,
    COLUMNS,
    WINDOW,
    TRANSPOSED_WINDOW,
    SPREAD
  }

  private Matrix matrix(DType type, int rows, int columns, Layout layout) {
    return switch (layout) {
      case ROWS -> Matrix.of(arena.allocate(type, Shape.of(rows, columns)));
      case COLUMNS -> Matrix.of(arena.allocate(type, Shape.of(columns, rows))).transposed();
      case WINDOW ->
          Matrix.of(arena.allocate(type, Shape.of(rows + 2, columns + 5)))
              .rows(1, rows)
              .columns(3, columns);
      case TRANSPOSED_WINDOW ->
          Matrix.of(arena.allocate(type, Shape.of(columns + 3, rows + 4)))
              .transposed()
              .rows(2, rows)
              .columns(1, columns);
      case SPREAD -> {
        var tensor = arena.allocate(type, Shape.of(rows * 2L, columns * 3L));
        yield new Matrix(tensor, 1, rows, columns, 2L * columns * 3, 3);
      }
    };
  }

  private static Matrix random(Matrix matrix, Random random) {
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        matrix.set(row, column, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  private Matrix copy(Matrix matrix) {
    var copy = Matrix.of(arena.floats(matrix.rows(), matrix.columns()));
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        copy.set(row, column, matrix.get(row, column));
      }
    }
    return copy;
  }

  private void check(Kernels kernels, Matrix a, Matrix b, Matrix c, String what) {
    for (boolean add : new boolean[] {false, true}) {
      var before = copy(c);
      if (add) {
        kernels.product().multiply(a, b, c, true);
      } else {
        kernels.product().multiply(a, b, c);
      }
      for (int i = 0; i < c.rows(); i++) {
        for (int j = 0; j < c.columns(); j++) {
          double sum = add ? before.get(i, j) : 0;
          double magnitude = Math.abs(sum);
          for (int k = 0; k < a.columns(); k++) {
            double term = (double) a.get(i, k) * b.get(k, j);
            sum += term;
            magnitude += Math.abs(term);
          }
          // Higham, Accuracy and Stability of Numerical Algorithms, 3.1: the error of a sum of n
          // products in any order is at most n * 2^-24 (to first order) times the sum of
          // magnitudes.
          double tolerance = (a.columns() + 2) * 0x1p-24 * magnitude;
          int row = i;
          int column = j;
          assertEquals(
              sum,
              c.get(i, j),
              tolerance,
              () -> "%s, add %b, element %d, %d".formatted(what, add, row, column));
        }
      }
    }
  }

  private static void withBoth(int threads, java.util.function.Consumer<Kernels> check) {
    try (var workers = Workers.of(threads)) {
      KernelsUnderTest.ofThisRun(workers).forEach(check);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void oddSizesInAllLayoutsMatchReference(long seed) {
    withBoth(
        2,
        kernels -> {
          var random = new Random(seed);
          for (int trial = 0; trial < 60; trial++) {
            int rows = SIZES[random.nextInt(SIZES.length)];
            int inner = SIZES[random.nextInt(SIZES.length)];
            int columns = SIZES[random.nextInt(SIZES.length)];
            var layouts = Layout.values();
            var la = layouts[random.nextInt(layouts.length)];
            var lb = layouts[random.nextInt(layouts.length)];
            var lc = layouts[random.nextInt(layouts.length)];
            check(
                kernels,
                random(matrix(DType.FLOAT32, rows, inner, la), random),
                random(matrix(DType.FLOAT32, inner, columns, lb), random),
                random(matrix(DType.FLOAT32, rows, columns, lc), random),
                "seed %d trial %d: %d x %d x %d %s %s %s (%d bits)"
                    .formatted(
                        seed, trial, rows, inner, columns, la, lb, lc, kernels.vectorBits()));
          }
        });
  }

  @Test
  void sizesBeyondEveryBlockMatchReference() {
    withBoth(
        3,
        kernels -> {
          var random = new Random(3);
          int[][] shapes = {
            {301, 70, 515}, {37, 1205, 43}, {1, 1205, 77}, {3, 33, 2100}, {700, 40, 2}
          };
          for (int[] shape : shapes) {
            for (var layout : new Layout[] {Layout.ROWS, Layout.COLUMNS}) {
              check(
                  kernels,
                  random(matrix(DType.FLOAT32, shape[0], shape[1], Layout.ROWS), random),
                  random(matrix(DType.FLOAT32, shape[1], shape[2], layout), random),
                  random(matrix(DType.FLOAT32, shape[0], shape[2], Layout.ROWS), random),
                  "seed 3: %d x %d x %d %s".formatted(shape[0], shape[1], shape[2], layout));
            }
          }
        });
  }

  /// Several whole tiles at a time, and tiles of lines whose end memory does not go beyond.
  @Test
  void severalTilesOfEveryLayoutMatchReference() {
    withBoth(
        1,
        kernels -> {
          var random = new Random(4);
          for (int depth : new int[] {21, 150}) {
            for (var layout : Layout.values()) {
              check(
                  kernels,
                  random(matrix(DType.FLOAT32, 60, depth, layout), random),
                  random(matrix(DType.FLOAT32, depth, 161, layout), random),
                  random(matrix(DType.FLOAT32, 60, 161, Layout.ROWS), random),
                  "seed 4: depth %d, %s".formatted(depth, layout));
            }
          }
        });
  }

  @Test
  void halfPrecisionOperandsAreWidenedExactly() {
    withBoth(
        2,
        kernels -> {
          var random = new Random(4);
          for (var type : new DType[] {DType.FLOAT16, DType.BFLOAT16}) {
            for (int rows : new int[] {1, 3, 13, 33}) {
              for (var layout : Layout.values()) {
                check(
                    kernels,
                    random(matrix(DType.FLOAT32, rows, 101, Layout.ROWS), random),
                    random(matrix(type, 101, 67, layout), random),
                    random(matrix(DType.FLOAT32, rows, 67, Layout.ROWS), random),
                    "seed 4: %d rows, %s %s".formatted(rows, type, layout));
                check(
                    kernels,
                    random(matrix(type, rows, 45, layout), random),
                    random(matrix(DType.FLOAT32, 45, 34, Layout.ROWS), random),
                    random(matrix(DType.FLOAT32, rows, 34, Layout.ROWS), random),
                    "seed 4: %d rows of %s %s".formatted(rows, type, layout));
              }
            }
          }
        });
  }

  @Test
  void emptyInnerDimensionGivesZero() {
    withBoth(
        2,
        kernels -> {
          var empty = Matrix.of(arena.floats(5, 1)).columns(0, 0);
          var c = random(Matrix.of(arena.floats(5, 7)), new Random(5));
          var before = copy(c);
          kernels
              .product()
              .multiply(empty, Matrix.of(arena.floats(7, 1)).columns(0, 0).transposed(), c, true);
          assertEquals(before.get(4, 6), c.get(4, 6));
          kernels
              .product()
              .multiply(empty, Matrix.of(arena.floats(7, 1)).columns(0, 0).transposed(), c);
          assertEquals(0, c.get(4, 6));
        });
  }

  @Test
  void threadCountChangesNoBit() {
    int[][] shapes = {
      {13, 33, 100}, {100, 1031, 31}, {1, 700, 1000}, {3, 100, 131}, {257, 67, 530}
    };
    var random = new Random(6);
    for (int[] shape : shapes) {
      var a = random(matrix(DType.FLOAT32, shape[0], shape[1], Layout.ROWS), random);
      var b = random(matrix(DType.FLOAT32, shape[1], shape[2], Layout.COLUMNS), random);
      float[] expected = {};
      for (int threads : new int[] {1, 2, 3, 5}) {
        try (var workers = Workers.of(threads)) {
          var kernels = Kernels.choose(workers);
          var c = Matrix.of(arena.floats(shape[0], shape[2]));
          c.fill(0.3f);
          kernels.product().multiply(a, b, c, true);
          float[] actual = c.tensor().toArray();
          if (threads == 1) {
            expected = actual;
          }
          for (int i = 0; i < actual.length; i++) {
            assertEquals(
                Float.floatToRawIntBits(expected[i]),
                Float.floatToRawIntBits(actual[i]),
                "element " + i + " with " + threads + " threads");
          }
        }
      }
    }
  }

  @Test
  @Tag("allocation")
  void warmMultiplyAllocatesNothing() {
    int[][] shapes = {{48, 64, 96}, {13, 33, 100}, {1, 512, 256}, {3, 100, 131}};
    try (var workers = Workers.of(1)) {
      var kernels = Kernels.choose(workers);
      assumeTrue(kernels.vectorBits() > 0, "the scalar kernels are the reference, not fast");
      for (int[] shape : shapes) {
        for (var layout : new Layout[] {Layout.ROWS, Layout.COLUMNS}) {
          var a = matrix(DType.FLOAT32, shape[0], shape[1], layout);
          var b = matrix(DType.FLOAT32, shape[1], shape[2], layout);
          var c = matrix(DType.FLOAT32, shape[0], shape[2], Layout.ROWS);
          long least =
              Allocations.leastBytes(20, 4_000, () -> kernels.product().multiply(a, b, c, true));
          // A few small objects describe a call; a vector for each step of the depth would be far
          // more.
          assertTrue(least <= 4_000, least + " bytes for " + Arrays.toString(shape) + layout);
        }
      }
    }
  }

  @Test
  void mismatchedShapesThrow() {
    withBoth(
        1,
        kernels -> {
          var a = Matrix.of(arena.floats(2, 3));
          var b = Matrix.of(arena.floats(4, 5));
          var c = Matrix.of(arena.floats(2, 5));
          var sizes =
              assertThrows(
                  IllegalArgumentException.class, () -> kernels.product().multiply(a, b, c));
          assertEquals("cannot multiply 2 x 3 by 4 x 5 into 2 x 5", sizes.getMessage());
          var ids = Matrix.of(arena.allocate(DType.INT32, Shape.of(3, 5)));
          var types =
              assertThrows(
                  IllegalArgumentException.class,
                  () -> kernels.product().multiply(a, ids, c, true));
          assertEquals("cannot multiply FLOAT32 by INT32 into FLOAT32", types.getMessage());
        });
  }
}
