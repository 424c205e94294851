package dev.fader.inspect.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.inspect.tensor.TensorMap.Frame;
import dev.fader.inspect.tensor.TensorSlice.Range;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorMapTest extends TensorFixture {
  /// By all kernels, with one thread and several, which must agree to the bit.
  private static TensorMap map(ModelTensor tensor, Frame frame) {
    TensorMap first = null;
    for (var under : KernelsUnderTest.ofThisRun()) {
      for (int threads : new int[] {1, 3}) {
        try (var workers = Workers.of(threads);
            var scan = new TensorScan(under.kernels(workers))) {
          var map = scan.map(tensor, frame);
          if (first != null) {
            assertArrayEquals(first.mean(), map.mean(), under + ", threads " + threads);
            assertArrayEquals(first.largest(), map.largest(), under + ", threads " + threads);
            assertEquals(first.notFinite(), map.notFinite());
          }
          first = map;
        }
      }
    }
    return first;
  }

  /// The whole tensor, as large as it may be.
  private static Frame whole(ModelTensor tensor, int height, int width) {
    var entry = tensor.entry();
    return new Frame(new Range(0, entry.rows()), new Range(0, entry.columns()), height, width);
  }

  /// What the cells must hold, by the plainest loops.
  private static void check(float[] numbers, int columns, TensorMap map) {
    var frame = map.frame();
    long notFinite = 0;
    double limit = 0;
    for (int y = 0; y < frame.height(); y++) {
      for (int x = 0; x < frame.width(); x++) {
        double sum = 0;
        int count = 0;
        float largest = 0;
        for (long row = at(frame.rows(), y, frame.height());
            row < at(frame.rows(), y + 1, frame.height());
            row++) {
          for (long column = at(frame.columns(), x, frame.width());
              column < at(frame.columns(), x + 1, frame.width());
              column++) {
            float number = numbers[(int) (row * columns + column)];
            if (Float.isFinite(number)) {
              sum += number;
              count++;
              largest = Math.abs(number) > Math.abs(largest) ? number : largest;
            } else {
              notFinite++;
            }
          }
        }
        limit = Math.max(limit, Math.abs(largest));
        int cell = y * frame.width() + x;
        var where = "cell %d, %d of %s, seed %d".formatted(y, x, map.name(), SEED);
        assertEquals(count == 0 ? Float.NaN : largest, map.largest()[cell], where);
        // A few roundings of the sum, in double, and one to float32.
        double mean = sum / count;
        double magnitude = Math.abs(largest);
        assertEquals(mean, map.mean()[cell], Math.ulp((float) magnitude), where);
      }
    }
    assertEquals(notFinite, map.notFinite());
    assertEquals(limit, map.limit());
  }

  private static long at(Range range, int index, int cells) {
    return range.from() + range.count() * index / cells;
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1,7", "7,1", "13,31", "33,100", "100,33", "3,9001", "300,300"})
  void cellsAreThoseOfPlainLoops(int rows, int columns) throws IOException {
    var numbers = normal(rows * columns, 0.1, 0.02);
    var file = safetensors(Map.of("w", tensor(DType.FLOAT32, numbers, rows, columns)));
    try (var tensors = ModelTensors.open(file)) {
      var tensor = tensors.find("w").orElseThrow();
      for (int size : new int[] {1, 7, 31, 256}) {
        var map = map(tensor, whole(tensor, size, size));
        assertEquals(Math.min(size, rows), map.frame().height());
        assertEquals(Math.min(size, columns), map.frame().width());
        check(numbers, columns, map);
      }
      var part = new Frame(new Range(rows / 3, rows), new Range(columns / 2, columns), 13, 33);
      check(numbers, columns, map(tensor, part));
    }
  }

  /// Blocks of random bytes, whose scales may be infinite or NaN; parts of them begin inside a
  /// block.
  @Test
  void everyStoredTypeIsDecoded() throws IOException {
    var stored = new LinkedHashMap<String, Tensor>();
    for (var type : DType.values()) {
      var tensor = empty(type, 5, 512);
      var bytes = new byte[(int) tensor.segment().byteSize()];
      random.nextBytes(bytes);
      tensor.segment().copyFrom(java.lang.foreign.MemorySegment.ofArray(bytes));
      stored.put(type.name(), tensor);
    }
    try (var tensors = ModelTensors.open(gguf(stored))) {
      for (var tensor : tensors.all()) {
        var numbers = stored.get(tensor.entry().name()).toArray();
        check(numbers, 512, map(tensor, whole(tensor, 3, 100)));
        check(numbers, 512, map(tensor, new Frame(new Range(1, 4), new Range(77, 403), 256, 9)));
        check(numbers, 512, map(tensor, new Frame(new Range(4, 5), new Range(511, 512), 1, 1)));
      }
    }
  }

  @Test
  void whatIsNotFiniteHasNoShade() throws IOException {
    var numbers = new float[] {1, Float.NaN, -2, Float.POSITIVE_INFINITY, 0, Float.NaN};
    var file = safetensors(Map.of("w", tensor(DType.FLOAT32, numbers, 3, 2)));
    try (var tensors = ModelTensors.open(file)) {
      var tensor = tensors.find("w").orElseThrow();
      var map = map(tensor, whole(tensor, 1, 2));
      assertArrayEquals(new float[] {-1 / 3f, Float.NaN}, map.mean());
      assertArrayEquals(new float[] {-2, Float.NaN}, map.largest());
      assertEquals(3, map.notFinite());
      assertEquals(2, map.limit());
    }
  }

  /// A type that nothing computes with.
  @Test
  void eightBitFloatsAreDecoded() throws IOException {
    var file = eightBits("F8_E4M3");
    try (var tensors = ModelTensors.open(file)) {
      var tensor = tensors.find("w").orElseThrow();
      assertArrayEquals(new float[] {1, -1, 2, Float.NaN}, map(tensor, whole(tensor, 9, 9)).mean());
    }
  }

  private Path eightBits(String type) throws IOException {
    var header =
        "{\"w\":{\"dtype\":\"%s\",\"shape\":[2,2],\"data_offsets\":[0,4]}}".formatted(type);
    var padded = header + " ".repeat(8 - header.length() % 8);
    var bytes = ByteBuffer.allocate(8 + padded.length() + 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(padded.length()).put(padded.getBytes(StandardCharsets.US_ASCII));
    bytes.put(new byte[] {0x38, (byte) 0xb8, 0x40, 0x7f}); // 1, -1, 2, NaN
    return Files.write(folder.resolve("eight.safetensors"), bytes.array());
  }

  @Test
  void whatIsOutsideIsTold() throws IOException {
    var file = safetensors(Map.of("w", tensor(DType.FLOAT32, normal(91, 0, 1), 7, 13)));
    try (var tensors = ModelTensors.open(file)) {
      var tensor = tensors.find("w").orElseThrow();
      var all = new Range(0, 7);
      for (var range : List.of(new Range(-1, 3), new Range(12, 14), new Range(5, Long.MAX_VALUE))) {
        assertThrows(
            IndexOutOfBoundsException.class, () -> map(tensor, new Frame(all, range, 1, 1)));
      }
      assertEquals(
          "columns 3:3 are none: the end must be greater than the start",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> map(tensor, new Frame(all, new Range(3, 3), 1, 1)))
              .getMessage());
      assertEquals(
          "the width is 257 cells, and must be from 1 to 256",
          assertThrows(IllegalArgumentException.class, () -> new Frame(all, all, 1, 257))
              .getMessage());
    }
  }
}
