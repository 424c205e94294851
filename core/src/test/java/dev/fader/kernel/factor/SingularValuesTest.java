package dev.fader.kernel.factor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SingularValuesTest {
  private static final int[] SIZES = {0, 1, 2, 7, 13, 33};

  @Test
  void theFactorsMakeTheMatrix() {
    var random = new Random(5);
    for (int rows : SIZES) {
      for (int columns : SIZES) {
        check(FactorsFixture.random(rows, columns, random), rows + " x " + columns);
      }
    }
    check(FactorsFixture.random(100, 31, random), "100 x 31");
  }

  @Test
  void zeroAndMatricesOfLowRankHaveOrthonormalVectorsToo() {
    var random = new Random(6);
    check(ColumnMatrix.zeros(7, 13), "zero");
    check(FactorsFixture.withValues(33, 31, new double[] {9, 9, 1e-3}, random), "rank 3");
    check(FactorsFixture.withValues(13, 100, new double[] {1}, random), "rank 1");
  }

  private static SingularValues check(ColumnMatrix a, String what) {
    var found = SingularValues.of(a);
    assertEquals(Math.min(a.rows(), a.columns()), found.count(), what);
    // Rotations and reflections are backward stable: a small multiple of 2^-52 of the norm.
    double tolerance = 1e-15 * (10 + 5.0 * (a.rows() + a.columns()));
    assertEquals(
        0,
        FactorsFixture.distance(FactorsFixture.product(found), a),
        tolerance * (1 + FactorsFixture.norm(a)),
        what);
    FactorsFixture.assertOrthonormal(found.left(), tolerance * (1 + found.count()), what);
    FactorsFixture.assertOrthonormal(found.right(), tolerance * (1 + found.count()), what);
    for (int i = 1; i < found.count(); i++) {
      assertTrue(found.value(i) <= found.value(i - 1) && found.value(i) >= 0, what);
    }
    assertEquals(
        FactorsFixture.norm(a), Math.sqrt(found.squaredNorm()), tolerance * (1 + found.count()));
    return found;
  }

  @Test
  void knownValuesAreFound() {
    var values = new double[] {100, 10, 1, 0.1, 1e-3, 1e-6, 1e-9};
    var found = SingularValues.of(FactorsFixture.withValues(31, 13, values, new Random(7)));
    for (int i = 0; i < values.length; i++) {
      assertEquals(values[i], found.value(i), 1e-12 * values[0], "value " + i);
    }
    assertEquals(0, found.value(values.length), 1e-12);
  }

  /// numpy.linalg.svd([[1, 2], [3, 4], [5, 6]])
  @Test
  void aSmallMatrixHasTheValuesOfNumpy() {
    var a = ColumnMatrix.zeros(3, 2);
    for (int i = 0; i < 6; i++) {
      a.set(i / 2, i % 2, i + 1);
    }
    var found = check(a, "3 x 2");
    assertEquals(9.525518091565104, found.value(0), 1e-14);
    assertEquals(0.5143005806586441, found.value(1), 1e-14);
    assertEquals(0.2298476964000715, Math.abs(found.left().get(0, 0)), 1e-14);
  }

  @Test
  void aProductIsTakenApartWithoutBeingFormed() {
    var random = new Random(8);
    for (int rank : new int[] {1, 7, 33}) {
      var up = FactorsFixture.random(31, rank, random);
      var down = FactorsFixture.random(rank, 100, random);
      var found = SingularValues.ofProduct(up, down);
      var whole = up.times(down);
      assertEquals(Math.min(31, rank), found.count());
      assertEquals(
          0,
          FactorsFixture.distance(FactorsFixture.product(found), whole),
          1e-12 * FactorsFixture.norm(whole),
          "rank " + rank);
      var direct = SingularValues.of(whole);
      for (int i = 0; i < found.count(); i++) {
        assertEquals(direct.value(i), found.value(i), 1e-12 * direct.value(0));
      }
    }
  }

  @Test
  void theFirstValuesAreTheBestOfTheirRank() {
    var a = FactorsFixture.random(13, 7, new Random(9));
    var all = SingularValues.of(a);
    var some = all.first(3);
    double left = 0;
    for (int i = 3; i < 7; i++) {
      left += all.value(i) * all.value(i);
    }
    var distance = FactorsFixture.distance(FactorsFixture.product(some), a);
    assertEquals(Math.sqrt(left), distance, 1e-13);
    assertEquals(7, all.first(100).count());
    var halves = some.weighedLeft(0.5).times(some.weighedRight(0.5).transposed());
    assertEquals(0, FactorsFixture.distance(halves, FactorsFixture.product(some)), 1e-13);
  }

  @Test
  void whatIsNotFiniteIsRefused() {
    var a = ColumnMatrix.zeros(2, 3);
    a.set(0, 2, Double.POSITIVE_INFINITY);
    assertThrows(IllegalArgumentException.class, () -> SingularValues.of(a));
    assertThrows(
        IllegalArgumentException.class,
        () -> SingularValues.ofProduct(ColumnMatrix.zeros(3, 2), ColumnMatrix.zeros(3, 2)));
  }
}
