package dev.fader.kernel.factor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TriangularFactorTest {
  /// Windows of any height, even less than a line, against the decomposition of the whole. Both are
  /// backward stable: a small multiple of 2^-52 of the norm, which is about 10.
  @Test
  void hasTheSingularValuesOfTheMatrix() {
    var random = new Random(8);
    for (var size : new int[][] {{1, 1}, {7, 1}, {1, 13}, {100, 13}, {13, 100}, {31, 33}}) {
      var numbers = new float[size[0]][size[1]];
      for (var row : numbers) {
        for (int i = 0; i < row.length; i++) {
          row[i] = (float) random.nextGaussian();
        }
      }
      var matrix =
          MatrixRows.of(
              size[0],
              size[1],
              (row, target) -> System.arraycopy(numbers[row], 0, target, 0, target.length));
      var expected = SingularValues.of(ColumnMatrix.of(matrix));
      for (int window : new int[] {1, 40, 333, 1 << 21}) {
        var factor = TriangularFactor.of(matrix, window);
        var found = SingularValues.of(factor);
        assertEquals(expected.count(), found.count());
        for (int i = 0; i < found.count(); i++) {
          assertEquals(expected.value(i), found.value(i), 1e-12, size[0] + " x " + size[1]);
        }
      }
    }
  }

  @Test
  void numbersMustBeFinite() {
    var matrix = MatrixRows.of(7, 2, (row, target) -> target[1] = row == 5 ? Float.NaN : 1);
    assertThrows(IllegalArgumentException.class, () -> TriangularFactor.of(matrix, 4));
  }
}
