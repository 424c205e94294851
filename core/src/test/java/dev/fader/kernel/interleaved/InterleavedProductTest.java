package dev.fader.kernel.interleaved;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.kernel.Allocations;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.product.StoredWeights;
import dev.fader.kernel.vector.Lanes;
import dev.fader.tensor.DType;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Products with interleaved weights against the arithmetic that they promise, one number after the
/// other, to the bit; and against sums in double.
class InterleavedProductTest {
  private static final String TOO_NARROW = "vectors are too narrow for a table";

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

  private static boolean fits(DType type) {
    return InterleavedLayout.of(type).orElseThrow().fits(Lanes.FLOATS.length());
  }

  private Tensor interleaved(DType type, int lines, int depth, Random random) {
    assumeTrue(fits(type), TOO_NARROW);
    var tensor = StoredWeights.random(arena, type, lines, depth, random);
    Interleaving.interleave(tensor, arena, workers, DType.FLOAT32);
    assertTrue(tensor.isInterleaved(), type + ": " + depth);
    return tensor;
  }

  private Matrix gaussian(int rows, int columns, Random random) {
    var tensor = arena.floats(rows, columns);
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.set(i, (float) random.nextGaussian());
    }
    return Matrix.of(tensor);
  }

  private Matrix product(Matrix a, Tensor b) {
    var c = Matrix.of(arena.floats(a.rows(), b.shape().dimension(0)));
    var right = List.of(Matrix.of(b).transposed());
    Kernels.choose(workers).product().multiply(a, right, c, a.rows());
    return c;
  }

  private static int[] depths(InterleavedLayout layout) {
    int block = layout.format().elements();
    return new int[] {block, 3 * block, StripPiece.ELEMENTS + block};
  }

  @ParameterizedTest
  @EnumSource
  void productsAreThoseOfTheWeights(InterleavedLayout layout) {
    var type = DType.valueOf(layout.format().name());
    var random = new Random(1);
    for (int lines : new int[] {1, 16, 33, 100}) {
      for (int depth : depths(layout)) {
        var b = interleaved(type, lines, depth, random);
        var a = gaussian(7, depth, random);
        var c = product(a, b);
        var weights = new float[depth];
        var row = new float[depth];
        for (int j = 0; j < lines; j++) {
          b.read((long) j * depth, weights, 0, depth);
          var largest = new double[depth];
          for (int k = 0; k < depth; k++) {
            largest[k] = k % layout.group() == 0 ? largest(layout, weights, k) : largest[k - 1];
          }
          for (int i = 0; i < a.rows(); i++) {
            a.read(i, row);
            double sum = 0;
            double magnitude = 0;
            for (int k = 0; k < depth; k++) {
              sum += (double) row[k] * weights[k];
              magnitude += Math.abs(row[k]) * largest[k];
            }
            // Higham, 3.1, where each term is as large as the largest level of its group makes it:
            // levels are counted from zero, or from the minimum.
            double tolerance = (depth + 4) * 0x1p-24 * magnitude;
            String where = "seed 1: %s, %d x %d, element %d, %d";
            Object[] at = {type, depth, lines, i, j};
            assertEquals(sum, c.get(i, j), tolerance, () -> where.formatted(at));
          }
        }
      }
    }
  }

  /// Of the weights that share a scale with weight k.
  private static double largest(InterleavedLayout layout, float[] weights, int k) {
    int start = k / layout.group() * layout.group();
    float least = 0;
    float most = 0;
    for (int i = start; i < start + layout.group(); i++) {
      least = Math.min(least, weights[i]);
      most = Math.max(most, weights[i]);
    }
    return Math.max(most, -least) + most - least;
  }

  @ParameterizedTest
  @EnumSource
  void bitsAreThoseOfTheDocumentedOrder(InterleavedLayout layout) {
    var type = DType.valueOf(layout.format().name());
    var random = new Random(2);
    for (int depth : depths(layout)) {
      var b = interleaved(type, 33, depth, random);
      var a = gaussian(5, depth, random);
      var c = product(a, b);
      var row = new float[depth];
      for (int j = 0; j < 33; j++) {
        for (int i = 0; i < a.rows(); i++) {
          a.read(i, row);
          float expected = PlainGroups.of(b, j).product(row);
          Object[] at = {type, depth, i, j};
          assertEquals(expected, c.get(i, j), () -> "seed 2: %s, depth %d, %d, %d".formatted(at));
        }
      }
    }
  }

  /// Rows beside a row, threads, windows on the weights and other operands change no bit.
  @ParameterizedTest
  @EnumSource
  void whatARowBecomesDependsOnNothingElse(InterleavedLayout layout) {
    var type = DType.valueOf(layout.format().name());
    var random = new Random(3);
    int depth = 3 * layout.format().elements();
    var b = interleaved(type, 80, depth, random);
    var a = gaussian(19, depth, random);
    var alone = new float[19][80];
    for (int i = 0; i < 19; i++) {
      alone[i] = product(a.rows(i, 1), b).tensor().toArray();
    }
    var lower = Matrix.of(b).rows(0, 32).transposed();
    var upper = Matrix.of(b).rows(32, 48).transposed();
    for (int threads : KernelsUnderTest.threads(1, 3)) {
      try (var team = Workers.of(threads)) {
        var product = Kernels.choose(team).product();
        for (int rows = 1; rows <= 19; rows++) {
          var c = Matrix.of(arena.floats(rows, 80));
          product.multiply(a.rows(0, rows), List.of(lower, upper), c, rows);
          float[] actual = c.tensor().toArray();
          var where = "seed 3: %s, %d rows, %d threads".formatted(type, rows, threads);
          for (int i = 0; i < rows; i++) {
            assertArrayEquals(
                alone[i], Arrays.copyOfRange(actual, i * 80, (i + 1) * 80), where + ", row " + i);
          }
        }
      }
    }
  }

  /// Odd numbers of strips: two are multiplied at a time, and none may count twice.
  @Test
  void productsAreAddedOnce() {
    var random = new Random(9);
    for (int lines : new int[] {7, 16, 33, 100}) {
      var b = interleaved(DType.Q8_0, lines, 64, random);
      var a = gaussian(3, 64, random);
      var once = product(a, b);
      var c = Matrix.of(arena.floats(3, lines));
      c.fill(0.5f);
      Kernels.choose(workers).product().multiply(a, Matrix.of(b).transposed(), c, true);
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < lines; j++) {
          assertEquals(0.5f + once.get(i, j), c.get(i, j), "seed 9: %d, %d".formatted(i, j));
        }
      }
    }
  }

  @Test
  void windowsThatCutAStripAreReadAsTheyLie() {
    var random = new Random(4);
    var b = interleaved(DType.Q4_0, 100, 64, random);
    var whole = Matrix.of(b);
    assertTrue(InterleavedProduct.canRead(whole.transposed()));
    assertTrue(InterleavedProduct.canRead(whole.rows(16, 84).transposed()));
    assertFalse(InterleavedProduct.canRead(whole.rows(16, 80).rows(0, 20).transposed()));
    assertFalse(InterleavedProduct.canRead(whole.rows(1, 99).transposed()));
    assertFalse(InterleavedProduct.canRead(whole.columns(0, 32).transposed()));
    assertFalse(InterleavedProduct.canRead(whole));
    var a = gaussian(1, 64, random);
    var all = product(a, b);
    var some = Matrix.of(arena.floats(1, 99));
    var cut = List.of(whole.rows(1, 99).transposed());
    Kernels.choose(workers).product().multiply(a, cut, some, 1);
    for (int j = 0; j < 99; j++) {
      // Sums of 64 products in another order.
      assertEquals(all.get(0, j + 1), some.get(0, j), 1e-5 * Math.abs(some.get(0, j)) + 1e-4);
    }
  }

  @Test
  void typesAndLinesThatAreNotInterleavedStayAsTheyAre() {
    var random = new Random(5);
    for (var type : new DType[] {DType.FLOAT32, DType.BFLOAT16}) {
      var tensor = StoredWeights.random(arena, type, 16, 256, random);
      Interleaving.interleave(tensor, arena, workers, DType.FLOAT32);
      assertFalse(tensor.isInterleaved());
      assertEquals(0, Interleaving.bytes(type, tensor.shape()));
    }
    var row = StoredWeights.random(arena, DType.Q4_0, 1, 256, random).reshape(256);
    Interleaving.interleave(row, arena, workers, DType.FLOAT32);
    assertFalse(row.isInterleaved());
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MXFP4") // Has powers of two only.
  void infiniteScalesAreReadAsTheyLie(InterleavedLayout layout) {
    var type = DType.valueOf(layout.format().name());
    var tensor = StoredWeights.random(arena, type, 20, 256, new Random(6));
    long block = 17L * 256 / type.blockSize() * type.bytesPerBlock();
    int scale =
        switch (layout) {
          case Q2_K -> 80;
          case Q3_K -> 108;
          case Q6_K -> 208;
          default -> 0;
        };
    tensor.segment().set(ValueLayout.JAVA_BYTE, block + scale + 1, (byte) 0x7c);
    Interleaving.interleave(tensor, arena, workers, DType.FLOAT32);
    assertFalse(tensor.isInterleaved());
  }

  @Test
  void powersOfTwoAreExactToTheEnds() {
    assumeTrue(fits(DType.MXFP4), TOO_NARROW);
    var tensor = StoredWeights.random(arena, DType.MXFP4, 16, 32, new Random(9));
    int[] exponents = {0, 1, 2, 3, 64, 126, 127, 128, 253, 254, 255, 0, 1, 2, 254, 255};
    for (int line = 0; line < 16; line++) {
      tensor.segment().set(ValueLayout.JAVA_BYTE, line * 17L, (byte) exponents[line]);
    }
    Interleaving.interleave(tensor, arena, workers, DType.FLOAT32);
    var one = Matrix.of(arena.floats(1, 32));
    one.set(0, 5, 1);
    var c = product(one, tensor);
    var weights = new float[32];
    for (int line = 0; line < 16; line++) {
      tensor.read(line * 32L, weights, 0, 32);
      assertEquals(weights[5], c.get(0, line), "exponent " + exponents[line]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void stripsTakeHardlyMoreThanTheirLines(InterleavedLayout layout) {
    assumeTrue(layout.fits(Lanes.FLOATS.length()), TOO_NARROW);
    var type = DType.valueOf(layout.format().name());
    long lines = 16L * 256 / type.blockSize() * type.bytesPerBlock();
    long bytes = Interleaving.bytes(type, Shape.of(16, 256));
    assertTrue(lines <= bytes && bytes <= 1.03 * lines, lines + " bytes became " + bytes);
  }

  @Test
  void memoryIsCountedBeforeItIsTaken() {
    // Two strips of two blocks: scales of two bytes and sixteen bytes of levels for each line.
    assertEquals(2 * 16 * 2 * 18, Interleaving.bytes(DType.Q4_0, Shape.of(17, 64)));
    assertEquals(16 * 148, Interleaving.bytes(DType.Q4_K, Shape.of(16, 256)));
    assertEquals(2 * 16 * 210, Interleaving.bytes(DType.Q6_K, Shape.of(2, 16, 256)));
    // A strip would hold lines of two matrices.
    assertEquals(0, Interleaving.bytes(DType.Q6_K, Shape.of(2, 8, 256)));
    var tensor = StoredWeights.random(arena, DType.Q8_0, 16, 64, new Random(7));
    var memory = new TensorMemory(16 * 68 - 1);
    try (var small = memory.open("weights")) {
      assertThrows(
          OutOfTensorMemory.class,
          () -> Interleaving.interleave(tensor, small, workers, DType.FLOAT32));
    }
    assertFalse(tensor.isInterleaved());
    assertEquals(0, memory.bytes());
  }

  @ParameterizedTest
  @EnumSource
  @Tag("allocation")
  void warmMultiplyAllocatesNothing(InterleavedLayout layout) {
    var type = DType.valueOf(layout.format().name());
    var random = new Random(8);
    try (var one = Workers.of(1)) {
      var product = Kernels.choose(one).product();
      var b = List.of(Matrix.of(interleaved(type, 96, 768, random)).transposed());
      for (int rows : new int[] {1, 4, 7, 8}) {
        var a = gaussian(rows, 768, random);
        var c = Matrix.of(arena.floats(rows, 96));
        long least = Allocations.leastBytes(20, 0, () -> product.multiply(a, b, c, rows));
        assertEquals(0, least, rows + " rows of " + type);
      }
    }
  }
}
