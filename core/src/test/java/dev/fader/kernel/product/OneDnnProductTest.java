package dev.fader.kernel.product;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.kernel.interleaved.Interleaving;
import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.onednn.OneDnn;
import dev.fader.kernel.onednn.PanelType;
import dev.fader.kernel.option.EngineChoice;
import dev.fader.kernel.option.Precision;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Products of oneDNN against sums in double of the operands as they are rounded; skipped where it
/// is not installed.
class OneDnnProductTest {
  private final TensorArena arena = TensorMemory.unlimited().open("test");
  private final Random random = new Random(7);

  @BeforeEach
  void requireLibrary() {
    var search = OneDnn.find();
    assumeTrue(search.library().isPresent(), () -> "skipped: " + search.reason());
  }

  @AfterEach
  void close() {
    arena.close();
  }

  private Matrix random(int rows, int columns) {
    var matrix = Matrix.of(arena.floats(rows, columns));
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        matrix.set(i, j, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  /// Element (line, column) of either layout.
  private Matrix random(int rows, int columns, boolean transposed) {
    return transposed ? random(columns, rows).transposed() : random(rows, columns);
  }

  private static double rounded(float x, PanelType type) {
    return switch (type) {
      case FLOAT32 -> x;
      case BFLOAT16 -> Float.intBitsToFloat(Floats.bfloat16(x) << 16);
    };
  }

  /// What multiplies on some workers: kernels are compiled once for all products.
  private record Multiplying(Workers workers, OneDnnProduct products) {
    static Multiplying on(Workers workers) {
      return new Multiplying(workers, new OneDnnProduct(workers));
    }

    void multiply(Product product, PanelType type) {
      products.multiply(product, workers, type);
    }
  }

  private void check(Multiplying with, PanelType type, Product product, Matrix before) {
    with.multiply(product, type);
    var a = product.a();
    var b = product.b();
    var c = product.c();
    for (int i = 0; i < c.rows(); i++) {
      for (int j = 0; j < c.columns(); j++) {
        double sum = product.add() ? before.get(i, j) : 0;
        double magnitude = Math.abs(sum);
        for (int k = 0; k < a.columns(); k++) {
          double term = rounded(a.get(i, k), type) * rounded(b.get(k, j), type);
          sum += term;
          magnitude += Math.abs(term);
        }
        // As in MatrixProductTest: Higham's bound of a float32 sum in any order. Products of two
        // bfloat16 are exact in float32; VDPBF16PS flushes denormal results, far below the bound.
        double tolerance = (a.columns() + 2) * 0x1p-24 * magnitude;
        assertEquals(sum, c.get(i, j), tolerance, "element " + i + ", " + j + " of " + product);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void awkwardSizesInAllLayoutsMatchSumsInDouble(PanelType type) {
    int[][] sizes = {
      {1, 32, 33}, {7, 33, 64}, {31, 100, 65}, {32, 64, 64}, {33, 31, 128}, {100, 257, 100}
    };
    try (var workers = Workers.of(2)) {
      var multiplying = Multiplying.on(workers);
      for (int[] size : sizes) {
        for (int layout = 0; layout < 8; layout++) {
          boolean add = (layout & 4) != 0;
          var a = random(size[0], size[1], (layout & 1) != 0);
          var b = random(size[1], size[2], (layout & 2) != 0);
          var c = random(size[0], size[2] + 3).columns(2, size[2]);
          var before = Matrix.of(arena.floats(size[0], size[2]));
          for (int i = 0; i < size[0]; i++) {
            for (int j = 0; j < size[2]; j++) {
              before.set(i, j, c.get(i, j));
            }
          }
          check(multiplying, type, new Product(a, b, c, add), before);
        }
      }
    }
  }

  @Test
  void deepProductsAreSummedInParts() {
    try (var workers = Workers.of(2)) {
      var multiplying = Multiplying.on(workers);
      for (var type : PanelType.values()) {
        var c = random(3, 40);
        check(multiplying, type, new Product(random(3, 5000), random(5000, 40), c, false), c);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"BFLOAT16", "FLOAT16", "Q4_0", "Q8_0", "Q4_K", "Q6_K", "IQ4_NL"})
  void storedWeightsAreDecodedFirst(DType type) {
    var weights = StoredWeights.random(arena, type, 70, 512, random);
    var a = random(5, 512);
    try (var workers = Workers.of(2)) {
      var multiplying = Multiplying.on(workers);
      for (var panel : PanelType.values()) {
        var c = Matrix.of(arena.floats(5, 70));
        check(multiplying, panel, new Product(a, Matrix.of(weights).transposed(), c, false), c);
      }
    }
  }

  @Test
  void bitsDependNeitherOnThreadsNorOnOtherRows() {
    int rows = 133;
    int depth = 2500; // two parts
    int[] widths = {70, 1100}; // shared panels, and panels of their own
    var a = random(rows, depth);
    var b = random(depth, 1100);
    var expected = new float[widths.length][PanelType.values().length][];
    for (int threads = 1; threads <= 3; threads++) {
      try (var workers = Workers.of(threads)) {
        var multiplying = Multiplying.on(workers);
        for (int width = 0; width < widths.length; width++) {
          for (var type : PanelType.values()) {
            int columns = widths[width];
            var right = b.columns(0, columns);
            var c = Matrix.of(arena.floats(rows, columns));
            multiplying.multiply(new Product(a, right, c, false), type);
            float[] bits = numbers(c);
            if (threads == 1) {
              expected[width][type.ordinal()] = bits;
            }
            assertArrayEquals(
                expected[width][type.ordinal()], bits, 0, threads + " threads, " + type);
            int first = 41;
            for (int some : new int[] {5, 9}) { // of the kernels of few rows and of many
              var few = Matrix.of(arena.floats(some, columns));
              multiplying.multiply(new Product(a.rows(first, some), right, few, false), type);
              var alone = Arrays.copyOfRange(bits, first * columns, (first + some) * columns);
              assertArrayEquals(alone, numbers(few), 0, some + " rows alone, " + type);
            }
          }
        }
      }
    }
  }

  /// Kernels that one thread compiled serve others later.
  @Test
  void productsOfOtherThreadsAreTheSame() throws Exception {
    try (var workers = Workers.of(1)) {
      var multiplying = Multiplying.on(workers);
      var a = random(40, 2048);
      var b = random(2048, 70);
      for (var type : PanelType.values()) {
        var c = Matrix.of(arena.floats(40, 70));
        multiplying.multiply(new Product(a, b, c, false), type);
        var other = Matrix.of(arena.floats(40, 70));
        var product = new Product(a, b, other, false);
        var thread = new Thread(() -> multiplying.multiply(product, type));
        thread.start();
        thread.join();
        assertArrayEquals(numbers(c), numbers(other), 0, type.toString());
      }
    }
  }

  @Test
  void whatIsNoNumberStaysInItsRowAndColumn() {
    try (var workers = Workers.of(1)) {
      var multiplying = Multiplying.on(workers);
      for (var type : PanelType.values()) {
        var a = random(9, 33);
        var b = random(33, 41);
        a.set(3, 32, Float.POSITIVE_INFINITY);
        b.set(32, 40, Float.NaN);
        var c = Matrix.of(arena.floats(9, 41));
        multiplying.multiply(new Product(a, b, c, false), type);
        for (int i = 0; i < 9; i++) {
          for (int j = 0; j < 41; j++) {
            float x = c.get(i, j);
            boolean expected =
                j == 40 ? Float.isNaN(x) : i == 3 ? Float.isInfinite(x) : Float.isFinite(x);
            assertTrue(expected, "element %d, %d of %s is %s".formatted(i, j, type, x));
          }
        }
      }
    }
  }

  /// Interleaved weights, and parts of them, have the numbers of the blocks that they were made of.
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"Q4_0", "Q8_0", "Q4_K", "Q6_K"})
  void interleavedWeightsMatchTheirBlocks(DType type) {
    assumeTrue(Interleaving.fits(type), "skipped: these vectors are too narrow for " + type);
    var plain = StoredWeights.random(arena, type, 150, 768, new Random(5));
    var strips = StoredWeights.random(arena, type, 150, 768, new Random(5));
    try (var workers = Workers.of(2)) {
      Interleaving.interleave(strips, arena, workers, DType.FLOAT32);
      var multiplying = Multiplying.on(workers);
      var a = random(33, 768);
      int[][] parts = {{0, 150, 0, 768}, {64, 70, 0, 768}, {16, 33, 256, 512}};
      for (int[] part : parts) {
        var left = a.columns(part[2], part[3]);
        var results = new float[2][];
        var operands = List.of(plain, strips);
        for (int i = 0; i < 2; i++) {
          var all = Matrix.of(operands.get(i)).transposed();
          var b = all.columns(part[0], part[1]).rows(part[2], part[3]);
          var c = Matrix.of(arena.floats(33, part[1]));
          multiplying.multiply(new Product(left, b, c, false), PanelType.BFLOAT16);
          results[i] = numbers(c);
        }
        assertArrayEquals(results[0], results[1], 0, type + " " + Arrays.toString(part));
      }
    }
  }

  private static float[] numbers(Matrix matrix) {
    var numbers = new float[matrix.rows() * matrix.columns()];
    matrix.tensor().read(0, numbers, 0, numbers.length);
    return numbers;
  }

  @Test
  void promptsAreRoundedOnlyWhereWeightsHaveLostMore() {
    try (var workers = Workers.of(1)) {
      var engine = new MatrixProduct(workers, true, EngineChoice.AUTOMATIC, Precision.AS_STORED);
      assumeTrue(
          OneDnn.find().library().orElseThrow().hasBfloat16(),
          "skipped: this processor does not multiply bfloat16");
      for (var type : List.of(DType.FLOAT16, DType.FLOAT32, DType.BFLOAT16, DType.Q4_0)) {
        var weights = StoredWeights.random(arena, type, 64, 256, random);
        var right = Matrix.of(weights).transposed();
        var a = random(40, 256);
        var rounding = Matrix.of(arena.floats(40, 64));
        var exact = Matrix.of(arena.floats(40, 64));
        engine.multiply(a, List.of(right), rounding, 0);
        engine.in(Precision.FLOAT32).multiply(a, List.of(right), exact, 0);
        double difference = 0;
        double size = 0;
        for (int i = 0; i < 40; i++) {
          for (int j = 0; j < 64; j++) {
            difference += Math.pow(rounding.get(i, j) - exact.get(i, j), 2);
            size += Math.pow(exact.get(i, j), 2);
          }
        }
        double error = Math.sqrt(difference / size);
        boolean rounds = type == DType.BFLOAT16 || type == DType.Q4_0;
        // Rounding to eight significant bits has a relative error of 2^-9 at most, of 0.0011 in
        // the mean square; both operands of Q4_0 are rounded.
        assertEquals(rounds ? 0.0017 : 0, error, rounds ? 0.0012 : 1e-6, type.toString());
      }
    }
  }

  @Test
  void promptsThatMustNotBeRoundedAreTheLibrarysWhereItIsAskedFor() {
    try (var workers = Workers.of(1)) {
      var product = new MatrixProduct(workers, true, EngineChoice.ONEDNN, Precision.FLOAT32);
      var weights = StoredWeights.random(arena, DType.Q4_0, 64, 256, random);
      var right = Matrix.of(weights).transposed();
      var a = random(40, 256);
      var c = Matrix.of(arena.floats(40, 64));
      product.multiply(a, List.of(right), c, 0);
      var expected = Matrix.of(arena.floats(40, 64));
      new OneDnnProduct(workers)
          .multiply(new Product(a, right, expected, false), workers, PanelType.FLOAT32);
      assertArrayEquals(numbers(expected), numbers(c), 0);
    }
  }

  @Test
  void trainingIsInBfloat16WhereThatIsAskedFor() {
    try (var workers = Workers.of(2)) {
      assumeTrue(
          OneDnn.find().library().orElseThrow().hasBfloat16(),
          "skipped: this processor does not multiply bfloat16");
      var product = new MatrixProduct(workers, true, EngineChoice.AUTOMATIC, Precision.BFLOAT16);
      var a = random(48, 64);
      var b = random(64, 40);
      var c = Matrix.of(arena.floats(48, 40));
      product.multiply(a, b, c);
      var expected = Matrix.of(arena.floats(48, 40));
      new OneDnnProduct(workers)
          .multiply(new Product(a, b, expected, false), workers, PanelType.BFLOAT16);
      assertArrayEquals(numbers(expected), numbers(c), 0);
      assertEquals(true, product.isInBfloat16());
      var java = new MatrixProduct(workers, true, EngineChoice.JAVA, Precision.BFLOAT16);
      assertEquals(false, java.isInBfloat16());
      assertEquals("Java, because it is asked for", java.engine());
    }
  }
}
