package dev.fader.kernel.interleaved;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.kernel.Allocations;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.product.StoredWeights;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Products of rows of eight bits against whole numbers that are added up one after the other, to
/// the bit, also where they are as large as they can be; and against products of float32.
class EightBitProductTest {
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

  private Tensor interleaved(Tensor tensor) {
    Interleaving.interleave(tensor, arena, workers, DType.Q8_0);
    assertTrue(tensor.isInterleaved());
    return tensor;
  }

  private Tensor random(InterleavedLayout layout, int lines, int depth, Random random) {
    var type = DType.valueOf(layout.format().name());
    return interleaved(StoredWeights.random(arena, type, lines, depth, random));
  }

  private Matrix gaussian(int rows, int columns, Random random) {
    var tensor = arena.floats(rows, columns);
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.set(i, (float) random.nextGaussian());
    }
    return Matrix.of(tensor);
  }

  private static Matrix product(Workers workers, TensorArena arena, Matrix a, Tensor b) {
    var c = Matrix.of(arena.floats(a.rows(), b.shape().dimension(0)));
    Kernels.choose(workers).product().multiply(a, List.of(Matrix.of(b).transposed()), c, a.rows());
    return c;
  }

  private Matrix product(Matrix a, Tensor b) {
    return product(workers, arena, a, b);
  }

  private void assertDocumented(Tensor b, Matrix a, String what) {
    var c = product(a, b);
    var row = new float[a.columns()];
    for (int j = 0; j < c.columns(); j++) {
      var line = PlainGroups.of(b, j);
      for (int i = 0; i < a.rows(); i++) {
        a.read(i, row);
        Object[] at = {what, i, j};
        assertEquals(line.productOfEightBits(row), c.get(i, j), () -> "%s: %d, %d".formatted(at));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q4_K", "Q6_K"})
  void bitsAreThoseOfTheDocumentedOrder(InterleavedLayout layout) {
    var random = new Random(1);
    int block = layout.format().elements();
    for (int lines : new int[] {1, 16, 33}) {
      for (int depth : new int[] {block, 3 * block, StripPiece.ELEMENTS + block}) {
        var b = random(layout, lines, depth, random);
        String what = "seed 1: %s, %d x %d".formatted(layout, depth, lines);
        assertDocumented(b, gaussian(9, depth, random), what);
      }
    }
  }

  /// Every level the same, the smallest or the largest, and every number of the row as large as it
  /// can be: 16-bit sums reach their ends. A row with other signs in each half of a word's elements
  /// takes both halves there.
  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q4_K", "Q6_K"})
  void theLargestSumsFitSixteenBits(InterleavedLayout layout) {
    var type = DType.valueOf(layout.format().name());
    var random = new Random(2);
    int depth = 512;
    for (int fill : new int[] {0, 0xff}) {
      var tensor = StoredWeights.random(arena, type, 16, depth, random);
      int blockBytes = type.bytesPerBlock();
      boolean sixBits = layout == InterleavedLayout.Q6_K; // levels before scales
      int levels = type.blockSize() * layout.bits() / 8;
      int from = sixBits ? 0 : blockBytes - levels;
      for (long at = 0; at < tensor.segment().byteSize(); at += blockBytes) {
        for (int i = from; i < from + levels; i++) {
          tensor.segment().set(ValueLayout.JAVA_BYTE, at + i, (byte) fill);
        }
      }
      var a = Matrix.of(arena.floats(4, depth));
      for (int k = 0; k < depth; k++) {
        a.set(0, k, 3);
        a.set(1, k, -3);
        a.set(2, k, k % 8 < 4 ? 3 : -3);
        a.set(3, k, k % 16 < 8 ? -3 : 3);
      }
      assertDocumented(interleaved(tensor), a, "seed 2: %s, bytes of %d".formatted(layout, fill));
    }
  }

  /// A row's number is wrong by half its scale at most, so the product by as much times the
  /// magnitudes of the weights.
  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q4_K", "Q6_K"})
  void errorsAreThoseOfEightBits(InterleavedLayout layout) {
    var random = new Random(3);
    int depth = 768;
    var b = random(layout, 48, depth, random);
    var a = gaussian(3, depth, random);
    var c = product(a, b);
    var row = new float[depth];
    var weights = new float[depth];
    for (int j = 0; j < 48; j++) {
      b.read((long) j * depth, weights, 0, depth);
      for (int i = 0; i < 3; i++) {
        a.read(i, row);
        double sum = 0;
        double bound = 0;
        double squares = 0;
        for (int k = 0; k < depth; k++) {
          float most = 0;
          for (int near = k / 32 * 32; near < k / 32 * 32 + 32; near++) {
            most = Math.max(most, Math.abs(row[near]));
          }
          double half = most / 127 / 2 * Math.abs(weights[k]);
          sum += (double) row[k] * weights[k];
          bound += half;
          squares += half * half / 3;
        }
        double error = Math.abs(c.get(i, j) - sum);
        String where = "seed 3: %s, %d, %d".formatted(layout, i, j);
        // A thousandth for the rounding of float32, which is smaller by orders of magnitude.
        assertTrue(error <= 1.001 * bound, where);
        // Errors spread evenly within the halves: six deviations do not happen in 144 elements.
        assertTrue(error <= 6 * Math.sqrt(squares), where);
      }
    }
  }

  /// Rows beside a row and threads change no bit.
  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q4_K", "Q6_K"})
  void whatARowBecomesDependsOnNothingElse(InterleavedLayout layout) {
    var random = new Random(4);
    int depth = 3 * layout.format().elements();
    var b = random(layout, 80, depth, random);
    var a = gaussian(19, depth, random);
    var alone = new float[19][80];
    for (int i = 0; i < 19; i++) {
      alone[i] = product(a.rows(i, 1), b).tensor().toArray();
    }
    for (int rows : new int[] {2, 7, 16, 19}) {
      for (int threads : new int[] {1, 3}) {
        try (var team = Workers.of(threads)) {
          float[] together = product(team, arena, a.rows(0, rows), b).tensor().toArray();
          for (int i = 0; i < rows; i++) {
            float[] actual = Arrays.copyOfRange(together, i * 80, (i + 1) * 80);
            assertArrayEquals(
                alone[i],
                actual,
                "seed 4: %s, %d rows, %d threads".formatted(layout, rows, threads));
          }
        }
      }
    }
  }

  @Test
  void zerosStayZerosAndWhatIsNoNumberSpreads() {
    var random = new Random(5);
    var b = random(InterleavedLayout.Q4_K, 16, 512, random);
    var a = Matrix.of(arena.floats(5, 512));
    a.set(1, 300, Float.NaN);
    a.set(2, 300, Float.POSITIVE_INFINITY);
    a.set(3, 300, Float.MIN_VALUE); // a scale would be zero
    a.set(4, 300, 1e30f);
    var c = product(a, b);
    var weights = new float[512];
    for (int j = 0; j < 16; j++) {
      assertEquals(0, c.get(0, j));
      assertTrue(Float.isNaN(c.get(1, j)));
      assertTrue(Float.isNaN(c.get(2, j)));
      assertEquals(0, c.get(3, j));
      b.read(j * 512L, weights, 0, 512);
      double exact = 1e30 * weights[300];
      // The weight is a scale times a level less a minimum: rounding is of their size.
      assertEquals(exact, c.get(4, j), 1e-5 * (Math.abs(exact) + 1e30));
    }
  }

  /// Only formats with products of whole numbers take rows so: the others are as for float32.
  @Test
  void otherFormatsMultiplyFloats() {
    var random = new Random(6);
    var b = StoredWeights.random(arena, DType.Q5_K, 33, 512, random);
    var a = gaussian(3, 512, random);
    Interleaving.interleave(b, arena, workers, DType.FLOAT32);
    float[] floats = product(a, b).tensor().toArray();
    Interleaving.interleave(b, arena, workers, DType.Q8_0);
    assertEquals(DType.FLOAT32, b.interleavedRows());
    assertArrayEquals(floats, product(a, b).tensor().toArray());
  }

  /// Rows are prepared once for all operands of a product: each is multiplied as if it was the only
  /// one.
  @Test
  void operandsSideBySideAreThoseOfEachAlone() {
    var random = new Random(7);
    int depth = 768;
    var all = new ArrayList<Tensor>();
    for (var layout : InterleavedLayout.values()) {
      var type = DType.valueOf(layout.format().name());
      if (Interleaving.fits(type)) {
        for (var rows : new DType[] {DType.Q8_0, DType.FLOAT32}) {
          var tensor = StoredWeights.random(arena, type, 18, depth, random);
          Interleaving.interleave(tensor, arena, workers, rows);
          all.add(tensor);
        }
      }
    }
    all.add(StoredWeights.random(arena, DType.FLOAT32, 18, depth, random));
    var a = gaussian(5, depth, random);
    var c = Matrix.of(arena.floats(5, 18L * all.size()));
    var b = all.stream().map(tensor -> Matrix.of(tensor).transposed()).toList();
    Kernels.choose(workers).product().multiply(a, b, c, 5);
    for (int i = 0; i < all.size(); i++) {
      var alone = product(a, all.get(i));
      for (int row = 0; row < 5; row++) {
        for (int column = 0; column < 18; column++) {
          assertEquals(
              alone.get(row, column), c.get(row, 18 * i + column), "operand " + all.get(i));
        }
      }
    }
  }

  /// Where nothing is said of few rows, as in training, and where kernels are for float32.
  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q4_K", "Q6_K"})
  void rowsStayFloatsWhereTheyMust(InterleavedLayout layout) {
    var random = new Random(9);
    var b = random(layout, 33, 512, random);
    var a = gaussian(3, 512, random);
    float[] inEightBits = product(a, b).tensor().toArray();
    Interleaving.interleave(b, arena, workers, DType.FLOAT32);
    float[] floats = product(a, b).tensor().toArray();
    assertFalse(Arrays.equals(floats, inEightBits));
    Interleaving.interleave(b, arena, workers, DType.Q8_0);
    var kernels = Kernels.choose(workers);
    var right = Matrix.of(b).transposed();
    var c = Matrix.of(arena.floats(3, 33));
    kernels.product().multiply(a, right, c);
    assertArrayEquals(floats, c.tensor().toArray());
    c.fill(0);
    kernels.inFloat32().product().multiply(a, List.of(right), c, 3);
    assertArrayEquals(floats, c.tensor().toArray());
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q4_K", "Q6_K"})
  @Tag("allocation")
  void warmMultiplyAllocatesNothing(InterleavedLayout layout) {
    var random = new Random(8);
    try (var one = Workers.of(1)) {
      var product = Kernels.choose(one).product();
      var b = List.of(Matrix.of(random(layout, 96, 768, random)).transposed());
      for (int rows : new int[] {1, 4, 7, 8}) {
        var a = gaussian(rows, 768, random);
        var c = Matrix.of(arena.floats(rows, 96));
        long least = Allocations.leastBytes(20, 0, () -> product.multiply(a, b, c, rows));
        assertEquals(0, least, rows + " rows of " + layout);
      }
    }
  }
}
