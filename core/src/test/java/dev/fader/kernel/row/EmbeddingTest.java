package dev.fader.kernel.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.KernelFixture;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.Operands;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EmbeddingTest extends KernelFixture {
  private static final int[] SIZES = {1, 7, 13, 31, 33, 300};
  private static final int ROWS = 12;
  private static final int VOCABULARY = 9;

  EmbeddingTest() {
    super(17);
  }

  @ParameterizedTest
  @EnumSource
  void embedCopiesRowsOfTable(KernelsUnderTest tested) {
    for (var type : new DType[] {DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16}) {
      for (int size : SIZES) {
        var table = operands.arena.allocate(type, Shape.of(VOCABULARY, size));
        table.copyFrom(operands.vector(VOCABULARY * size));
        var ids = operands.ids(ROWS, VOCABULARY);
        var y = operands.matrix(ROWS, size);
        tested.kernels(workers).embedding().embed(ids, table, y);
        var want = new double[ROWS][size];
        for (int r = 0; r < ROWS; r++) {
          for (int c = 0; c < size; c++) {
            want[r][c] = table.get((long) ids.get(r) * size + c);
          }
        }
        operands.assertClose(want, y, 0, type + " rows of " + size);
      }
    }
  }

  /// Twelve rows on nine tokens: some are hit twice.
  @ParameterizedTest
  @EnumSource
  void embedBackwardSumsRowsOfOneToken(KernelsUnderTest tested) {
    for (int size : SIZES) {
      var ids = operands.ids(ROWS, VOCABULARY);
      var gradient = operands.matrix(ROWS, size);
      var table = operands.vector(VOCABULARY * size).reshape(VOCABULARY, size);
      var want = Operands.values(table);
      for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < size; c++) {
          want[(int) ids.get(r)][c] += gradient.get(r, c);
        }
      }
      tested.kernels(workers).embedding().embedBackward(ids, gradient, table);
      operands.assertClose(want, table, 1e-6, "gradient of rows of " + size);
    }
  }

  @ParameterizedTest
  @EnumSource
  void addingUpSumsTheRowsThatAreNamed(KernelsUnderTest tested) {
    for (int size : SIZES) {
      var x = operands.matrix(ROWS, size);
      var y = operands.matrix(2, size);
      var weights = operands.vector(ROWS);
      int[] terms = {2, 0, 1, 1, 3, 2};
      var pass = tested.kernels(workers).embedding().addingUp(x, weights, terms, y);
      for (int run = 0; run < 2; run++) {
        var want = Operands.values(y);
        terms[0] = run;
        for (int i = 0; i < terms.length; i++) {
          for (int c = 0; c < size; c++) {
            want[i / 3][c] += (double) weights.get(terms[i]) * x.get(terms[i], c);
          }
        }
        pass.run();
        // Four terms in float32.
        operands.assertClose(want, y, 1e-6, "run %d of %d columns".formatted(run, size));
      }
      var thrown =
          assertThrows(
              IllegalArgumentException.class,
              () -> tested.kernels(workers).embedding().addingUp(x, weights, new int[3], y));
      assertEquals("3 terms for 2 sums of as many each", thrown.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void addPositionsAndBackwardMatchFormula(KernelsUnderTest tested) {
    int time = 4;
    int first = 2;
    for (int size : SIZES) {
      var table = operands.vector(7 * size).reshape(7, size);
      var y = operands.matrix(ROWS, size);
      var want = Operands.values(y);
      var wantTable = Operands.values(table);
      for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < size; c++) {
          want[r][c] += table.get((long) (first + r % time) * size + c);
        }
      }
      tested.kernels(workers).embedding().addPositions(table, positions(time, first), y);
      operands.assertClose(want, y, 1e-7, "positions of " + size);
      for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < size; c++) {
          wantTable[first + r % time][c] += y.get(r, c);
        }
      }
      tested.kernels(workers).embedding().addPositionsBackward(y, positions(time, first), table);
      operands.assertClose(wantTable, table, 1e-6, "gradient of positions of " + size);
    }
  }

  private Tensor rotaryTable(int positions, int headSize) {
    var table = operands.arena.floats(positions, headSize);
    int half = headSize / 2;
    for (int p = 0; p < positions; p++) {
      for (int i = 0; i < half; i++) {
        double angle = p * Math.pow(10, -2.0 * i / headSize);
        table.set((long) p * headSize + i, (float) Math.cos(angle));
        table.set((long) p * headSize + half + i, (float) Math.sin(angle));
      }
    }
    return table;
  }

  @ParameterizedTest
  @EnumSource
  void rotateByAngleAndBackMatchesFormula(KernelsUnderTest tested) {
    int time = 4;
    int first = 3;
    for (int headSize : new int[] {2, 6, 14, 32, 34, 100}) {
      var x = operands.matrix(ROWS, 3 * headSize);
      var before = Operands.values(x);
      var want = new double[ROWS][3 * headSize];
      int half = headSize / 2;
      for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < 3 * headSize; c++) {
          int i = c % headSize;
          double angle = (first + r % time) * Math.pow(10, -2.0 * (i % half) / headSize);
          double other = i < half ? -before[r][c + half] : before[r][c - half];
          want[r][c] = before[r][c] * Math.cos(angle) + other * Math.sin(angle);
        }
      }
      var table = rotaryTable(first + time, headSize);
      tested
          .kernels(workers)
          .embedding()
          .rotate(new Rotation(table, headSize, false), positions(time, first), x);
      operands.assertClose(want, x, 3e-7, "heads of " + headSize);
      tested
          .kernels(workers)
          .embedding()
          .rotate(new Rotation(table, headSize, true), positions(time, first), x);
      operands.assertClose(before, x, 5e-7, "heads of " + headSize + " rotated back");
    }
  }

  /// Of each head the first columns in neighbouring pairs or in halves; the other columns keep
  /// every bit.
  @ParameterizedTest
  @EnumSource
  void rotatePartOfHeadInBothLayouts(KernelsUnderTest tested) {
    int time = 3;
    int first = 2;
    int rest = 7;
    for (int rotated : new int[] {2, 6, 32, 34, 66, 100}) {
      for (boolean interleaved : new boolean[] {false, true}) {
        int headSize = rotated + rest;
        var x = operands.matrix(ROWS, 3 * headSize);
        var before = Operands.values(x);
        var want = new double[ROWS][];
        int half = rotated / 2;
        for (int r = 0; r < ROWS; r++) {
          want[r] = before[r].clone();
          for (int pair = 0; pair < 3 * half; pair++) {
            int i = pair % half;
            int head = pair / half * headSize;
            int a = head + (interleaved ? 2 * i : i);
            int b = interleaved ? a + 1 : a + half;
            double angle = (first + r % time) * Math.pow(10, -2.0 * i / rotated);
            want[r][a] = before[r][a] * Math.cos(angle) - before[r][b] * Math.sin(angle);
            want[r][b] = before[r][b] * Math.cos(angle) + before[r][a] * Math.sin(angle);
          }
        }
        var table = rotaryTable(first + time, rotated);
        var rotation = new Rotation(table, headSize, rotated, interleaved, false);
        tested.kernels(workers).embedding().rotate(rotation, positions(time, first), x);
        var what = rotated + (interleaved ? " neighbours" : " columns in halves");
        operands.assertClose(want, x, 3e-7, what);
        for (int r = 0; r < ROWS; r++) {
          assertEquals(before[r][headSize - 1], x.get(r, headSize - 1), what);
        }
        tested.kernels(workers).embedding().rotate(rotation.inverted(), positions(time, first), x);
        operands.assertClose(before, x, 5e-7, what + " rotated back");
      }
    }
  }

  @Test
  void idOutsideTableThrows() {
    var ids = operands.ids(2, 3);
    ids.set(1, 3);
    var table = operands.vector(21).reshape(3, 7);
    var y = operands.matrix(2, 7);
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> Kernels.scalar(workers).embedding().embed(ids, table, y));
    assertEquals("token id 3 in row 1 is not in the vocabulary of 3", thrown.getMessage());
  }

  @Test
  void positionOutsideTableThrows() {
    var table = rotaryTable(4, 6);
    var embedding = Kernels.scalar(workers).embedding();
    var rotation = new Rotation(table, 6, false);
    var x = operands.matrix(3, 6);
    assertEquals(
        "position 4 of row 2 is outside the table FLOAT32[4, 6] of positions",
        assertThrows(
                IllegalArgumentException.class,
                () -> embedding.rotate(rotation, new int[] {2, 3, 4}, x))
            .getMessage());
    assertEquals(
        "row 2 needs a position, there are 2",
        assertThrows(
                IllegalArgumentException.class, () -> embedding.addPositions(table, new int[2], x))
            .getMessage());
    assertEquals(
        "rotary positions need an even number of columns, at most those of a head, not 3 of 3",
        assertThrows(IllegalArgumentException.class, () -> new Rotation(table, 3, false))
            .getMessage());
  }

  /// Sequences of `time` rows, each from position `first` on.
  private static int[] positions(int time, int first) {
    var positions = new int[ROWS];
    Arrays.setAll(positions, row -> first + row % time);
    return positions;
  }
}
