package dev.fader.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.kernel.Allocations;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.attention.PagedSequences.Part;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.vector.VectorWidth;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Attention over pages, of the scalar and of the chosen kernels.
class PagedAttentionTest {
  /// Float32 sums of up to a thousand products, and exponentials within 2 ulp.
  private static final double TOLERANCE = 2e-5;

  private final TensorArena arena = TensorMemory.unlimited().open("test");
  private final Arena pages = Arena.ofShared();

  @AfterEach
  void close() {
    pages.close();
    arena.close();
  }

  private static PagedLayer layer(PageLayout layout, int heads, int window, float softCap) {
    float scale = (float) (1 / Math.sqrt(layout.keySize()));
    return new PagedLayer(
        layout, PagedSequences.offset(layout), heads, window, scale, softCap, Optional.empty());
  }

  private PagedLayer withSinks(PagedLayer layer) {
    var sinks = arena.floats(layer.heads());
    var random = new Random(4);
    for (int head = 0; head < layer.heads(); head++) {
      sinks.set(head, (float) random.nextGaussian());
    }
    return new PagedLayer(
        layer.layout(),
        layer.offset(),
        layer.heads(),
        layer.window(),
        layer.scale(),
        layer.softCap(),
        Optional.of(sinks));
  }

  private static PageLayout layout(DType type, int heads, int keySize, int valueSize) {
    return new PageLayout(type, heads, keySize, valueSize, false);
  }

  static Stream<PagedLayer> layers() {
    return Stream.of(
        layer(layout(DType.FLOAT32, 1, 1, 1), 1, 0, 0),
        layer(layout(DType.FLOAT32, 2, 13, 7), 4, 0, 0),
        layer(layout(DType.FLOAT32, 1, 64, 64), 7, 0, 2),
        layer(layout(DType.FLOAT16, 4, 16, 16), 4, 0, 0),
        layer(layout(DType.FLOAT16, 2, 33, 31), 4, 5, 0),
        layer(layout(DType.FLOAT16, 1, 100, 77), 2, 40, 3),
        layer(layout(DType.BFLOAT16, 2, 64, 32), 8, 0, 0),
        layer(layout(DType.BFLOAT16, 1, 7, 100), 3, 33, 0),
        layer(layout(DType.Q8_0, 1, 32, 64), 7, 0, 0),
        layer(layout(DType.Q8_0, 2, 96, 32), 4, 64, 1.5f),
        layer(new PageLayout(DType.FLOAT32, 1, 24, 16, true), 4, 0, 0),
        layer(new PageLayout(DType.FLOAT16, 1, 40, 33, true), 5, 0, 0),
        layer(new PageLayout(DType.BFLOAT16, 1, 36, 13, true), 2, 9, 0),
        layer(new PageLayout(DType.Q8_0, 1, 96, 64, true), 5, 0, 0));
  }

  /// Those whose passes are compared to the bit: where the width is given, one of each kind, with
  /// the odder sizes.
  static Stream<PagedLayer> layersOfBits() {
    var layers = layers().toList();
    int step = KernelsUnderTest.isWidthGiven() ? 2 : 1;
    return IntStream.range(0, layers.size() / step).mapToObj(i -> layers.get(i * step + step - 1));
  }

  private void assertRow(PagedSequences all, int sequence, int position, Matrix out, int row) {
    double[] expected = all.expected(sequence, position);
    for (int column = 0; column < expected.length; column++) {
      // Values are normally distributed: their means are compared absolutely.
      int at = column;
      assertEquals(
          expected[column],
          out.get(row, column),
          4 * TOLERANCE,
          () -> "sequence %d, position %d, column %d".formatted(sequence, position, at));
    }
  }

  private void assertPass(PagedSequences all, KernelsUnderTest under, Part... parts) {
    try (var workers = Workers.of(2)) {
      var out = all.pass(under.kernels(workers), parts);
      int row = 0;
      for (var part : parts) {
        for (int i = 0; i < part.rows(); i++, row++) {
          assertRow(all, part.sequence(), part.from() + i, out, row);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void raggedBatchesAreWhatTheDefinitionSays(PagedLayer plain) {
    for (var under : KernelsUnderTest.ofThisRun()) {
      for (var layer : new PagedLayer[] {plain, withSinks(plain)}) {
        var all = new PagedSequences(arena, pages, layer, 100, 41, 33, 18);
        // A prompt, a short prompt, one token, none of the last sequence.
        assertPass(all, under, new Part(1, 0, 7), new Part(2, 0, 1), new Part(0, 0, 67));
        // One token, drafts, another prompt, the middle of a prompt.
        assertPass(
            all,
            under,
            new Part(2, 1, 16),
            new Part(1, 7, 5),
            new Part(3, 0, 18),
            new Part(0, 67, 31));
        assertPass(all, under, new Part(0, 98, 1), new Part(2, 17, 3), new Part(1, 12, 20));
      }
    }
  }

  private static float[][] rows(Matrix out) {
    var rows = new float[out.rows()][out.columns()];
    for (int row = 0; row < rows.length; row++) {
      out.read(row, rows[row]);
    }
    return rows;
  }

  private static void assertBits(float[][] expected, int at, Matrix out) {
    for (int row = 0; row < out.rows(); row++) {
      var actual = new float[out.columns()];
      out.read(row, actual);
      assertArrayEquals(expected[at + row], actual, "row " + (at + row));
    }
  }

  @ParameterizedTest
  @MethodSource("layersOfBits")
  void fewRowsHaveTheBitsOfRowsAlone(PagedLayer layer) {
    try (var one = Workers.of(1);
        var three = Workers.of(3)) {
      var single = KernelsUnderTest.CHOSEN.kernels(one);
      var team = KernelsUnderTest.CHOSEN.kernels(three);
      int length = 1111; // three spans of keys
      var alone = new PagedSequences(arena, pages, layer, length);
      alone.store(single, new Part(0, 0, 1055));
      var expected = new float[length][];
      for (int position = 1055; position < 1087; position++) {
        expected[position] = rows(alone.pass(single, new Part(0, position, 1)))[0];
      }
      var together = new PagedSequences(arena, pages, layer, length, 735);
      together.store(team, new Part(0, 0, 1055));
      together.store(team, new Part(1, 0, 700));
      for (int[] cut : new int[][] {{1055, 16}, {1071, 5}, {1076, 2}, {1078, 1}, {1079, 8}}) {
        var own = new Part(0, cut[0], cut[1]);
        var pass = together.pass(team, new Part(1, cut[0] - 355, 3), own, new Part(1, 20, 20));
        assertBits(expected, cut[0], pass.rows(3, cut[1]));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("layersOfBits")
  void promptsHaveTheSameBitsHoweverTheyAreCut(PagedLayer layer) {
    try (var one = Workers.of(1);
        var two = Workers.of(2)) {
      var whole = new PagedSequences(arena, pages, layer, 320);
      var expected = rows(whole.pass(KernelsUnderTest.CHOSEN.kernels(one), new Part(0, 0, 320)));
      var kernels = KernelsUnderTest.CHOSEN.kernels(two);
      for (int[] cuts : new int[][] {{0, 256, 275, 320}, {0, 17, 100, 303, 320}}) {
        var cut = new PagedSequences(arena, pages, layer, 320, 2);
        for (int i = 1; i < cuts.length; i++) {
          int rows = cuts[i] - cuts[i - 1];
          var out = cut.pass(kernels, new Part(1, 0, 2), new Part(0, cuts[i - 1], rows));
          assertBits(expected, cuts[i - 1], out.rows(2, rows));
        }
      }
    }
  }

  @Test
  void windowsDoNotNeedThePagesThatTheyLeft() {
    for (var under : KernelsUnderTest.ofThisRun()) {
      var all =
          new PagedSequences(arena, pages, layer(layout(DType.FLOAT16, 2, 32, 32), 4, 40, 0), 200);
      assertPass(all, under, new Part(0, 0, 130));
      all.table(0).release((130 - 40 + 1) / PageLayout.TOKENS);
      assertPass(all, under, new Part(0, 130, 1));
      assertPass(all, under, new Part(0, 131, 30));
      all.table(0).release((161 - 40 + 1) / PageLayout.TOKENS);
      assertPass(all, under, new Part(0, 161, 5));
      try (var workers = Workers.of(1)) {
        all.table(0).release(5);
        var part = new Part(0, 166, 1);
        var sequences = all.sequences(part);
        var kernels = under.kernels(workers);
        var error =
            assertThrows(
                IndexOutOfBoundsException.class, () -> all.forward(kernels, sequences, part));
        assertEquals("no page 3: there are pages 5 to 5", error.getMessage());
      }
    }
  }

  @Tag("allocation")
  @ParameterizedTest
  @EnumSource(names = {"FLOAT16", "BFLOAT16", "FLOAT32", "Q8_0"})
  void onceGrownNothingIsAllocated(DType type) {
    // Scalar kernels are for comparison only.
    assumeTrue(VectorWidth.choose().bits() > 0);
    try (var workers = Workers.of(2)) {
      var kernels = KernelsUnderTest.CHOSEN.kernels(workers);
      var layer = withSinks(layer(layout(type, 2, 64, 32), 6, 0, 5));
      var all = new PagedSequences(arena, pages, layer, 1200, 300);
      all.store(kernels, new Part(0, 0, 1194), new Part(1, 0, 290));
      var part = new Part(0, 1194, 5);
      var other = new Part(1, 290, 1);
      var sequences = all.sequences(part, other);
      var keys = Matrix.of(arena.floats(6, 2 * 64));
      var values = Matrix.of(arena.floats(6, 2 * 32));
      var queries = Matrix.of(arena.floats(6, 6 * 64));
      var out = Matrix.of(arena.floats(6, 6 * 32));
      var attention = kernels.pagedAttention();
      Runnable pass =
          () -> {
            sequences.clear();
            sequences.add(5, 1194, all.table(0));
            sequences.add(1, 290, all.table(1));
            attention.store(layer, sequences, keys, values);
            attention.forward(layer, sequences, queries, out);
          };
      assertEquals(0, Allocations.leastBytes(10, 0, pass));
    }
  }

  @ParameterizedTest
  @EnumSource
  void numbersBeyondFloat16AreStoredAsItsLargest(KernelsUnderTest under) {
    try (var workers = Workers.of(1)) {
      var layer = layer(layout(DType.FLOAT16, 1, 16, 16), 1, 0, 0);
      var all = new PagedSequences(arena, pages, layer, 2);
      float[] large = {65504, 65520, 1e30f, Float.POSITIVE_INFINITY};
      for (int column = 0; column < 16; column++) {
        float x = column < 8 ? large[column % 4] : -large[column % 4];
        all.keys[0].set(0, column, x);
        all.values[0].set(0, column, x);
        all.keys[0].set(1, column, Float.NaN);
        all.values[0].set(1, column, Float.NaN);
      }
      all.pass(under.kernels(workers), new Part(0, 0, 2));
      var cells = new PageCells(layer.layout(), layer.offset());
      var page = all.table(0).page(0);
      for (int column = 0; column < 16; column++) {
        float expected = column < 8 ? 65504 : -65504;
        assertEquals(expected, cells.key(page, 0, 0, column));
        assertEquals(expected, cells.value(page, 0, 0, column));
        assertEquals(Float.NaN, cells.key(page, 0, 1, column));
        assertEquals(Float.NaN, cells.value(page, 0, 1, column));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, 1, 8, 8, false, 'keys and values cannot be stored as INT8: choose FLOAT16, BFLOAT16, FLOAT32 or Q8_0'",
    "Q8_0, 1, 33, 32, false, 'Q8_0 keys and values need sizes in multiples of 32, not keys of 33 and values of 32: store them as FLOAT16'",
    "FLOAT16, 0, 8, 8, false, 'pages of keys and values need positive sizes, not 0 heads, keys of 8, values of 8'",
    "FLOAT16, 2, 8, 8, true, 'values are part of the keys only with one head and keys at least as long, not 2 heads, keys of 8, values of 8'",
    "FLOAT16, 1, 8, 9, true, 'values are part of the keys only with one head and keys at least as long, not 1 heads, keys of 8, values of 9'",
  })
  void impossiblePagesAreRefused(
      DType type, int heads, int keySize, int valueSize, boolean valuesInKeys, String message) {
    var error =
        assertThrows(
            IllegalArgumentException.class,
            () -> new PageLayout(type, heads, keySize, valueSize, valuesInKeys));
    assertEquals(message, error.getMessage());
  }

  @Test
  void matricesOfOtherSizesAreRefused() {
    try (var workers = Workers.of(1)) {
      var attention = KernelsUnderTest.CHOSEN.kernels(workers).pagedAttention();
      var layer = layer(layout(DType.FLOAT16, 2, 16, 16), 4, 0, 0);
      var all = new PagedSequences(arena, pages, layer, 3);
      var sequences = all.sequences(new Part(0, 0, 3));
      var wrong = Matrix.of(arena.floats(3, 33));
      var right = Matrix.of(arena.floats(3, 32));
      assertEquals(
          "keys must be 3 x 32, not 3 x 33",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> attention.store(layer, sequences, wrong, right))
              .getMessage());
      assertEquals(
          "values must be 3 x 32, not 3 x 33",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> attention.store(layer, sequences, right, wrong))
              .getMessage());
      assertEquals(
          "queries must be 3 x 64, not 3 x 33",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> attention.forward(layer, sequences, wrong, right))
              .getMessage());
    }
  }
}
