package dev.fader.kernel.interleaved;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.product.StoredWeights;
import dev.fader.kernel.vector.Lanes;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Panels of interleaved weights against the blocks that they were made of, to the bit.
class InterleavedPackingTest {
  private final TensorArena arena = TensorMemory.unlimited().open("test");
  private final Workers workers = Workers.of(2);

  @BeforeEach
  void vectorsOnly() {
    assumeTrue(
        Kernels.choose(workers).vectorBits() > 0, "the scalar kernels read weights as they lie");
  }

  @AfterEach
  void close() {
    workers.close();
    arena.close();
  }

  private static DType type(InterleavedLayout layout) {
    return DType.valueOf(layout.format().name());
  }

  private Tensor stored(InterleavedLayout layout, int lines, int depth) {
    return StoredWeights.random(arena, type(layout), lines, depth, new Random(3));
  }

  private Tensor interleaved(InterleavedLayout layout, int lines, int depth) {
    var tensor = stored(layout, lines, depth);
    Interleaving.interleave(tensor, arena, workers, DType.FLOAT32);
    return tensor;
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q4_K", "Q6_K", "Q8_0"}) // the others are read as blocks
  void panelsHoldTheNumbersOfTheBlocks(InterleavedLayout layout) {
    int lanes = Lanes.FLOATS.length();
    int width = 2 * lanes;
    var packing = new InterleavedPacking();
    for (int blocks : new int[] {1, 3, 9}) {
      int depth = blocks * layout.format().elements();
      for (int lines : new int[] {1, 16, 33, 100}) {
        var tensor = interleaved(layout, lines, depth);
        float[] expected = tensor.toArray();
        var b = Matrix.of(tensor).transposed();
        assertTrue(InterleavedPacking.canRead(b));
        for (int column = 0; column < lines; column += width) {
          for (int[] steps : pieces(depth)) {
            int count = steps[1];
            var panel = new float[7 + count * width];
            int columns = Math.min(width, lines - column);
            packing.pack(b, column, columns, steps[0], count, panel, 7, width);
            for (int d = 0; d < count; d++) {
              for (int i = 0; i < columns; i++) {
                float number = expected[(column + i) * depth + steps[0] + d];
                float packed = panel[7 + d * width + i];
                if (Float.floatToRawIntBits(number) != Float.floatToRawIntBits(packed)) {
                  String where = "seed 3: %s, %d x %d, line %d, element %d from %d on: %s, not %s";
                  fail(
                      where.formatted(
                          layout, lines, depth, column + i, d, steps[0], packed, number));
                }
              }
            }
          }
        }
      }
    }
  }

  /// Parts of the depth, by start and length, that cut blocks and groups or do not.
  private static List<int[]> pieces(int depth) {
    return List.of(
        new int[] {0, depth},
        new int[] {0, 1},
        new int[] {depth - 1, 1},
        new int[] {depth / 2, depth - depth / 2},
        new int[] {7, Math.min(13, depth - 7)},
        new int[] {16, depth - 16});
  }

  /// The rows of prompts: shared panels of either operand, several panels of the depth, and steps
  /// that are no whole blocks.
  @ParameterizedTest
  @EnumSource
  void productsAreThoseOfTheBlocks(InterleavedLayout layout) {
    int elements = layout.format().elements();
    for (int depth : new int[] {elements, 2048 + 3 * elements}) {
      for (int lines : new int[] {7, 100}) {
        var plain = stored(layout, lines, depth);
        var kept = interleaved(layout, lines, depth);
        for (int rows : new int[] {1, 31, 130}) {
          var a = arena.floats(rows, depth);
          var random = new Random(4);
          for (int i = 0; i < a.elements(); i++) {
            a.set(i, (float) random.nextGaussian());
          }
          assertArrayEquals(
              product(a, Matrix.of(plain).transposed()),
              product(a, Matrix.of(kept).transposed()),
              "seeds 3 and 4: %s, %d x %d x %d".formatted(layout, rows, depth, lines));
        }
      }
    }
  }

  private float[] product(Tensor a, Matrix b) {
    var c = arena.floats(a.shape().dimension(0), b.columns());
    Kernels.choose(workers).product().multiply(Matrix.of(a), List.of(b), Matrix.of(c), 0);
    return c.toArray();
  }

  /// A run of lines, and of their elements, of a tensor of many.
  @Test
  void windowsAreReadFromEitherCopy() {
    int depth = 512;
    var tensor = interleaved(InterleavedLayout.Q4_K, 96, depth);
    var all = Matrix.of(tensor).transposed();
    var plain = Matrix.of(stored(InterleavedLayout.Q4_K, 96, depth)).transposed();
    var a = arena.floats(20, 256);
    for (int i = 0; i < a.elements(); i++) {
      a.set(i, i % 17 - 8);
    }
    for (int first : new int[] {0, 3, 48}) {
      boolean cut = first % Lanes.FLOATS.length() != 0;
      for (int k : new int[] {0, 100, 256}) {
        var window = all.columns(first, 45).rows(k, 256);
        assertEquals(!cut, InterleavedPacking.canRead(window));
        assertArrayEquals(
            product(a, plain.columns(first, 45).rows(k, 256)),
            product(a, window),
            "line %d, element %d".formatted(first, k));
      }
    }
    assertFalse(InterleavedPacking.canRead(all.transposed()), "lines of another direction");
    assertFalse(InterleavedPacking.canRead(plain), "not interleaved");
  }
}
