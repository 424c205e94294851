package dev.fader.kernel.factor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.TensorMemory;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ThinQrTest {
  private static final int[] SIZES = {0, 1, 2, 7, 13, 31, 33, 100};

  @Test
  void theProductIsTheMatrixAndTheColumnsAreOrthonormal() {
    var random = new Random(3);
    for (int rows : SIZES) {
      for (int columns : SIZES) {
        check(FactorsFixture.random(rows, columns, random), rows + " x " + columns);
      }
    }
  }

  @Test
  void theColumnsAreOrthonormalWhateverTheRank() {
    var random = new Random(4);
    check(ColumnMatrix.zeros(13, 7), "zero");
    check(FactorsFixture.withValues(33, 13, new double[] {3, 1}, random), "rank 2");
    var repeated = FactorsFixture.random(31, 1, random).times(FactorsFixture.random(1, 7, random));
    check(repeated, "one column, seven times");
  }

  private static void check(ColumnMatrix a, String what) {
    var qr = ThinQr.of(a);
    int count = Math.min(a.rows(), a.columns());
    assertEquals(count, qr.q().columns(), what);
    assertEquals(count, qr.r().rows(), what);
    // Householder's reflections are backward stable: a small multiple of 2^-52 for each column
    // (Higham 2002, theorem 19.4).
    double tolerance = 1e-15 * (1 + a.rows() + a.columns());
    assertEquals(
        0,
        FactorsFixture.distance(qr.q().times(qr.r()), a),
        tolerance * (1 + FactorsFixture.norm(a)),
        what);
    FactorsFixture.assertOrthonormal(qr.q(), tolerance * (1 + count), what);
    for (int j = 0; j < a.columns(); j++) {
      for (int i = j + 1; i < count; i++) {
        assertEquals(0, qr.r().get(i, j), what);
      }
    }
  }

  /// numpy.linalg.qr([[1, 2], [3, 4], [5, 6]])
  @Test
  void theSignsAreThoseOfLapack() {
    var a = ColumnMatrix.zeros(3, 2);
    for (int i = 0; i < 6; i++) {
      a.set(i / 2, i % 2, i + 1);
    }
    var qr = ThinQr.of(a);
    assertEquals(-5.916079783099616, qr.r().get(0, 0), 1e-14);
    assertEquals(-7.437357441610946, qr.r().get(0, 1), 1e-14);
    assertEquals(0.8280786712108248, qr.r().get(1, 1), 1e-14);
    assertEquals(-0.16903085094570325, qr.q().get(0, 0), 1e-14);
    assertEquals(0.8970852271450604, qr.q().get(0, 1), 1e-14);
  }

  @Test
  void theFirstColumnsAreThoseOfTheWhole() {
    try (var arena = TensorMemory.unlimited().open("test")) {
      var matrix = Matrix.of(arena.floats(31, 13));
      FactorsFixture.random(31, 13, new Random(5)).writeTo(matrix);
      var whole = ThinQr.of(ColumnMatrix.of(matrix));
      var first = ThinQr.first(MatrixRows.of(matrix), 4);
      assertEquals(0, FactorsFixture.distance(whole.q().first(4), first.q()), 1e-13);
      for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 13; j++) {
          assertEquals(whole.r().get(i, j), first.r().get(i, j), 1e-13);
        }
      }
      assertThrows(IllegalArgumentException.class, () -> ThinQr.first(MatrixRows.of(matrix), 14));
    }
  }

  @Test
  void whatIsNotFiniteIsRefused() {
    var a = ColumnMatrix.zeros(3, 2);
    a.set(1, 1, Double.NaN);
    var thrown = assertThrows(IllegalArgumentException.class, () -> ThinQr.of(a));
    assertEquals(
        "row 1, column 1 of a matrix is NaN: it cannot be taken apart", thrown.getMessage());
  }
}
