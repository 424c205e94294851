package dev.fader.kernel.factor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.api.Test;

class TruncatedSvdTest {
  private final TensorMemory memory = TensorMemory.unlimited();
  private final TensorArena arena = memory.open("test");

  @AfterEach
  void close() {
    arena.close();
  }

  private Matrix floats(ColumnMatrix source) {
    var matrix = Matrix.of(arena.floats(source.rows(), source.columns()));
    source.writeTo(matrix);
    return matrix;
  }

  /// Values that fall as 1, 1/2, 1/3 and so on: slowly, as those of weights do.
  private static double[] slow(int count) {
    var values = new double[count];
    Arrays.setAll(values, i -> 1.0 / (i + 1));
    return values;
  }

  @Test
  void theLargestValuesOfABigMatrixAreThoseOfAll() {
    int rank = 5;
    for (var size : new int[][] {{150, 190}, {190, 150}, {133, 301}}) {
      var a = FactorsFixture.withValues(size[0], size[1], slow(129), new Random(10));
      var matrix = floats(a);
      var exact = FactorsFixture.product(SingularValues.of(a).first(rank));
      try (var workers = Workers.of(2)) {
        for (var kernels : KernelsUnderTest.ofThisRun(workers)) {
          var found = TruncatedSvd.of(rank, 1).factor(MatrixRows.of(matrix), kernels, memory);
          assertEquals(rank, found.count());
          // Direction 16 has a value of 1/16 and direction 5 one of 1/5: the vectors are found to
          // (5/16)^17, below the float32 products.
          for (int i = 0; i < rank; i++) {
            assertEquals(1.0 / (i + 1), found.value(i), 2e-6, "value " + i);
          }
          FactorsFixture.assertOrthonormal(found.left(), 1e-12, "left");
          FactorsFixture.assertOrthonormal(found.right(), 1e-12, "right");
          assertEquals(
              0, FactorsFixture.distance(FactorsFixture.product(found), exact), 1e-5, "product");
        }
      }
    }
    assertEquals(arena.bytes(), memory.bytes());
  }

  @Test
  void theErrorIsWithinTheBoundWhereNothingStandsOut() {
    var matrix = floats(FactorsFixture.random(140, 160, new Random(11)));
    var all = SingularValues.of(ColumnMatrix.of(matrix));
    try (var workers = Workers.of(1)) {
      var svd = new TruncatedSvd(6, 10, 2, 3);
      var found = svd.factor(MatrixRows.of(matrix), Kernels.choose(workers), memory);
      var rest = matrixMinus(matrix, found);
      double bound =
          Math.pow(1 + Math.sqrt(6 / 9.0) + Math.E * 4 / 10 * Math.sqrt(140 - 6), 1 / 5.0);
      assertTrue(SingularValues.of(rest).value(0) < bound * all.value(6));
    }
  }

  private static ColumnMatrix matrixMinus(Matrix matrix, SingularValues part) {
    var product = FactorsFixture.product(part);
    var rest = ColumnMatrix.of(matrix);
    for (int i = 0; i < rest.rows(); i++) {
      for (int j = 0; j < rest.columns(); j++) {
        rest.set(i, j, rest.get(i, j) - product.get(i, j));
      }
    }
    return rest;
  }

  @Test
  void smallMatricesAreExactAndLowRanksHaveZeros() {
    var random = new Random(12);
    var low = FactorsFixture.withValues(140, 150, new double[] {2, 1}, random);
    try (var workers = Workers.of(1)) {
      var kernels = Kernels.choose(workers);
      var small = FactorsFixture.random(33, 7, random);
      var of7 = TruncatedSvd.of(100, 1).factor(MatrixRows.of(floats(small)), kernels, memory);
      assertEquals(7, of7.count());
      assertEquals(0, FactorsFixture.distance(FactorsFixture.product(of7), small), 1e-5, "33 x 7");
      var of2 = TruncatedSvd.of(4, 1).factor(MatrixRows.of(floats(low)), kernels, memory);
      assertEquals(2, of2.value(0), 1e-5);
      assertEquals(1, of2.value(1), 1e-5);
      assertEquals(0, of2.value(2), 1e-6);
      FactorsFixture.assertOrthonormal(of2.left(), 1e-12, "left");
      var zero = MatrixRows.of(Matrix.of(arena.floats(150, 140)));
      assertEquals(0, TruncatedSvd.of(3, 1).factor(zero, kernels, memory).value(0));
    }
  }

  @Test
  void differencesAndProductsAreTakenApartWithoutBeingFormed() {
    var random = new Random(13);
    var stored = arena.allocate(DType.BFLOAT16, Shape.of(150, 160));
    stored.copyFrom(floats(FactorsFixture.random(150, 160, random)).tensor());
    var base = Matrix.of(stored);
    var up = floats(FactorsFixture.random(150, 3, random));
    var down = floats(FactorsFixture.random(3, 160, random));
    var changed = MatrixRows.of(base).plus(0.5f, up, down);
    var expected =
        SingularValues.ofProduct(ColumnMatrix.of(up), ColumnMatrix.of(down)).weighedLeft(0.5);
    try (var workers = Workers.of(2)) {
      var difference = changed.minus(MatrixRows.of(base));
      var found = TruncatedSvd.of(3, 1).factor(difference, Kernels.choose(workers), memory);
      var exact = ColumnMatrix.of(up).times(ColumnMatrix.of(down));
      assertEquals(3, expected.columns());
      // Half of the product, to the rounding of sums of about 5.
      var twice = FactorsFixture.product(found);
      for (int i = 0; i < 150; i++) {
        for (int j = 0; j < 160; j++) {
          assertEquals(exact.get(i, j) / 2, twice.get(i, j), 1e-5);
        }
      }
      assertEquals(difference.squaredNorm(), found.squaredNorm(), 1e-5 * difference.squaredNorm());
    }
    var wrong = Matrix.of(arena.floats(150, 161));
    assertThrows(IllegalArgumentException.class, () -> changed.minus(MatrixRows.of(wrong)));
    assertThrows(IllegalArgumentException.class, () -> changed.plus(1, down, up));
  }

  @Test
  void bitsDoNotDependOnThreads() {
    var matrix = floats(FactorsFixture.random(140, 160, new Random(14)));
    var bits = new double[2];
    for (int threads = 1; threads <= 2; threads++) {
      try (var workers = Workers.of(threads)) {
        var svd = TruncatedSvd.of(4, 2);
        var found = svd.factor(MatrixRows.of(matrix), Kernels.choose(workers), memory);
        bits[threads - 1] = found.left().get(17, 3) + found.right().get(100, 2);
      }
    }
    assertEquals(bits[0], bits[1]);
  }

  @Test
  void whatIsNotFiniteIsRefused() {
    var matrix = floats(FactorsFixture.random(140, 160, new Random(15)));
    matrix.set(139, 3, Float.NaN);
    try (var workers = Workers.of(2)) {
      var kernels = Kernels.choose(workers);
      var thrown =
          assertThrows(
              IllegalArgumentException.class,
              () -> TruncatedSvd.of(4, 2).factor(MatrixRows.of(matrix), kernels, memory));
      assertEquals(
          "row 139, column 3 of a matrix is NaN: it cannot be taken apart", thrown.getMessage());
    }
    assertThrows(IllegalArgumentException.class, () -> TruncatedSvd.of(0, 1));
  }
}
