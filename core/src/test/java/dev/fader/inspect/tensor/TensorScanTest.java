package dev.fader.inspect.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.quantization.BlockFormat;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorScanTest extends TensorFixture {
  /// Sums of a few thousand doubles, and the cancelling that is left in moments about a rough mean:
  /// some thousand roundings of 2^-53.
  private static final double TOLERANCE = 1e-11;

  /// What the class must find, by the plainest loops over doubles.
  private record Naive(double mean, double deviation, double norm, double kurtosis, long outliers) {
    static Naive of(float[] numbers) {
      double count = 0;
      double mean = 0;
      double squares = 0;
      for (float x : numbers) {
        if (Float.isFinite(x)) {
          count++;
          mean += x;
          squares += (double) x * x;
        }
      }
      mean /= count;
      double second = 0;
      double fourth = 0;
      for (float x : numbers) {
        if (Float.isFinite(x)) {
          second += Math.pow(x - mean, 2) / count;
          fourth += Math.pow(x - mean, 4) / count;
        }
      }
      double deviation = Math.sqrt(second);
      long outliers = 0;
      for (float x : numbers) {
        outliers += Float.isFinite(x) && Math.abs(x - mean) > 6 * deviation ? 1 : 0;
      }
      return new Naive(mean, deviation, Math.sqrt(squares), fourth / (second * second), outliers);
    }
  }

  private void check(float[] numbers, int rows, int columns) throws IOException {
    var naive = Naive.of(numbers);
    double scale = naive.norm / Math.sqrt(numbers.length);
    Path file = safetensors(Map.of("w", tensor(DType.FLOAT32, numbers, rows, columns)));
    try (var tensors = ModelTensors.open(file)) {
      for (var found : scans(tensors.find("w").orElseThrow())) {
        assertEquals(naive.mean, found.mean(), TOLERANCE * scale);
        assertEquals(naive.deviation, found.deviation(), TOLERANCE * scale);
        assertEquals(naive.norm, found.norm(), TOLERANCE * naive.norm);
        if (naive.deviation > 1e-3 * scale) {
          assertEquals(naive.kurtosis, found.kurtosis(), 1e-8 * naive.kurtosis);
        }
        assertEquals(naive.outliers, found.outliers());
        long nan = 0;
        long zeros = 0;
        long infinite = 0;
        double least = Double.NaN;
        double greatest = Double.NaN;
        for (float x : numbers) {
          nan += Float.isNaN(x) ? 1 : 0;
          infinite += Float.isInfinite(x) ? 1 : 0;
          zeros += x == 0 ? 1 : 0;
          if (Float.isFinite(x)) {
            least = Double.isNaN(least) ? x + 0f : Math.min(least, x + 0f); // -0 counts as 0
            greatest = Double.isNaN(greatest) ? x + 0f : Math.max(greatest, x + 0f);
          }
        }
        assertEquals(nan, found.notNumbers());
        assertEquals(infinite, found.infinities());
        assertEquals(zeros, found.zeros());
        assertEquals(numbers.length - nan - infinite, found.finite());
        assertEquals(least, found.least());
        assertEquals(greatest, found.greatest());
        checkHistogram(numbers, found);
        checkLines(numbers, rows, columns, found);
      }
    }
  }

  private static void checkHistogram(float[] numbers, TensorStatistics found) {
    var histogram = found.histogram();
    assertEquals(found.finite(), histogram.counted());
    assertEquals(found.zeros(), histogram.zeros());
    for (int bin = 0; bin < MagnitudeHistogram.BINS; bin++) {
      double lower = histogram.edge(bin, true);
      double upper = histogram.edge(bin, false);
      long positive = 0;
      long negative = 0;
      for (float x : numbers) {
        boolean inside = x != 0 && Math.abs(x) >= lower && Math.abs(x) < upper;
        positive += inside && x > 0 ? 1 : 0;
        negative += inside && x < 0 ? 1 : 0;
      }
      assertEquals(positive, histogram.positive().get(bin), "bin " + bin);
      assertEquals(negative, histogram.negative().get(bin), "bin " + bin);
    }
  }

  private static void checkLines(float[] numbers, int rows, int columns, TensorStatistics found) {
    assertEquals(rows > 1, found.rows().isPresent());
    assertEquals(rows > 1, found.columns().isPresent());
    if (rows > 1) {
      var ofRows = new double[rows];
      var ofColumns = new double[columns];
      for (int i = 0; i < numbers.length; i++) {
        if (Float.isFinite(numbers[i])) {
          ofRows[i / columns] += (double) numbers[i] * numbers[i];
          ofColumns[i % columns] += (double) numbers[i] * numbers[i];
        }
      }
      checkLines(ofRows, found.rows().orElseThrow());
      checkLines(ofColumns, found.columns().orElseThrow());
    }
  }

  private static void checkLines(double[] squares, LineNorms found) {
    assertEquals(squares.length, found.count());
    var norms = Arrays.stream(squares).map(Math::sqrt).summaryStatistics();
    assertEquals(norms.getMin(), found.least(), TOLERANCE * norms.getMax());
    assertEquals(norms.getMax(), found.greatest(), TOLERANCE * norms.getMax());
    assertEquals(norms.getAverage(), found.mean(), TOLERANCE * norms.getMax());
    assertEquals(
        norms.getMax(), Math.sqrt(squares[(int) found.greatestAt()]), TOLERANCE * norms.getMax());
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1,7", "7,1", "13,31", "33,100", "31,13"})
  void figuresAreThoseOfPlainLoops(int rows, int columns) throws IOException {
    check(normal(rows * columns, 0, 0.02), rows, columns);
    check(normal(rows * columns, 1000, 0.5), rows, columns);
    check(normal(rows * columns, -1e-30, 1e-31), rows, columns);
  }

  @ParameterizedTest
  @CsvSource({"1,7", "13,31", "33,100"})
  void whatIsNotFiniteIsCountedAndNothingElse(int rows, int columns) throws IOException {
    var numbers = normal(rows * columns, 0.1, 0.02);
    numbers[0] = Float.NaN;
    numbers[numbers.length / 2] = Float.NEGATIVE_INFINITY;
    numbers[numbers.length - 1] = Float.POSITIVE_INFINITY;
    numbers[numbers.length / 3] = -0f;
    check(numbers, rows, columns);
  }

  @Test
  void longRowsAreReadInRuns() throws IOException {
    var numbers = normal(3 * 9001, 0, 0.02);
    numbers[9000] = 5;
    numbers[9001] = -5;
    check(numbers, 3, 9001);
  }

  /// Parts of five rows: four that are measured together, in two runs, and one.
  @Test
  void rowsAreMeasuredFourTogether() throws IOException {
    var numbers = normal(130 * 1031, 0, 0.02);
    numbers[5 * 1031 + 1030] = 3;
    numbers[9 * 1031 + 7] = Float.NaN;
    Arrays.fill(numbers, 11 * 1031, 12 * 1031, -4);
    check(numbers, 130, 1031);
  }

  @Test
  void outliersAreCountedInEveryRow() throws IOException {
    var numbers = normal(100 * 33, 3, 0.5);
    for (int i = 0; i < numbers.length; i += 331) {
      numbers[i] = 3 + (i % 2 == 0 ? 20 : -20);
    }
    assertTrue(Naive.of(numbers).outliers > 5);
    check(numbers, 100, 33);
  }

  @Test
  void ofManyNumbersSomeAreInTheHistogram() throws IOException {
    var numbers = normal(1300 * 1031, 0, 0.02);
    numbers[1031] = 1;
    Path file = safetensors(Map.of("w", tensor(DType.FLOAT32, numbers, 1300, 1031)));
    try (var tensors = ModelTensors.open(file)) {
      var found = scans(tensors.find("w").orElseThrow()).getFirst();
      var histogram = found.histogram();
      assertEquals(1, found.outliers());
      assertTrue(
          histogram.counted() > numbers.length / 4 && histogram.counted() < 3L * numbers.length / 4,
          "counted " + histogram.counted());
      long sum = histogram.zeros();
      for (int bin = 0; bin < MagnitudeHistogram.BINS; bin++) {
        sum += histogram.negative().get(bin) + histogram.positive().get(bin);
      }
      assertEquals(histogram.counted(), sum);
    }
  }

  @Test
  void nothingIsNoNumber() throws IOException {
    Path file =
        safetensors(
            Map.of(
                "none", empty(DType.FLOAT32, 0, 4),
                "scalar", tensor(DType.FLOAT32, new float[] {2})));
    try (var tensors = ModelTensors.open(file)) {
      var none = scans(tensors.find("none").orElseThrow()).getFirst();
      assertEquals(0, none.finite());
      assertTrue(Double.isNaN(none.least()) && Double.isNaN(none.kurtosis()));
      assertEquals(Optional.empty(), none.rows());
      var scalar = scans(tensors.find("scalar").orElseThrow()).getFirst();
      assertEquals(2, scalar.norm());
      assertEquals(0, scalar.deviation());
      assertEquals(1, scalar.histogram().positive().getFirst());
      assertEquals(2, scalar.histogram().top());
    }
  }

  /// Blocks of random bytes, whose scales may be infinite or NaN, and the same numbers in float32.
  @Test
  void everyStoredTypeIsAsItsDecodedNumbers() throws IOException {
    var stored = new LinkedHashMap<String, Tensor>();
    for (var type : DType.values()) {
      var tensor = empty(type, 5, 512);
      var bytes = new byte[(int) tensor.segment().byteSize()];
      random.nextBytes(bytes);
      tensor.segment().copyFrom(java.lang.foreign.MemorySegment.ofArray(bytes));
      stored.put(type.name(), tensor);
      stored.put(type.name() + ".decoded", tensor(DType.FLOAT32, tensor.toArray(), 5, 512));
    }
    try (var tensors = ModelTensors.open(gguf(stored))) {
      assertEquals(2 * DType.values().length, tensors.all().size());
      for (var type : DType.values()) {
        var found = scans(tensors.find(type.name()).orElseThrow());
        var expected = scans(tensors.find(type.name() + ".decoded").orElseThrow());
        for (int i = 0; i < found.size(); i++) {
          assertEquals(without(expected.get(i)), without(found.get(i)), type + ", seed " + SEED);
        }
        assertEquals(type.bytesFor(256) / 32.0, found.getFirst().entry().bitsPerWeight());
      }
      assertEquals(24, BlockFormat.values().length);
    }
  }

  private static TensorStatistics without(TensorStatistics of) {
    return new TensorStatistics(
        new TensorEntry("", "", List.of(), 0, 0, "", 0),
        of.finite(),
        of.notNumbers(),
        of.infinities(),
        of.zeros(),
        of.least(),
        of.greatest(),
        of.mean(),
        of.deviation(),
        of.norm(),
        of.kurtosis(),
        of.outliers(),
        of.constantRows(),
        of.histogram(),
        of.rows(),
        of.columns());
  }

  @Test
  void eightBitFloatsAreRead() throws IOException {
    Path file = folder.resolve("eight.safetensors");
    var header = "{\"w\":{\"dtype\":\"F8_E4M3\",\"shape\":[2,2],\"data_offsets\":[0,4]}}      ";
    var bytes = java.nio.ByteBuffer.allocate(8 + header.length() + 4);
    bytes.order(java.nio.ByteOrder.LITTLE_ENDIAN).putLong(header.length());
    bytes.put(header.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    bytes.put(new byte[] {0x38, (byte) 0xb8, 0x40, 0x7f}); // 1, -1, 2, NaN
    Files.write(file, bytes.array());
    try (var tensors = ModelTensors.open(file)) {
      var found = scans(tensors.find("w").orElseThrow()).getFirst();
      assertEquals(1, found.notNumbers());
      assertEquals(-1, found.least());
      assertEquals(2, found.greatest());
      assertEquals(8, found.entry().bitsPerWeight());
      assertEquals(2, TensorCell.of(tensors.find("w").orElseThrow(), 1, 0).value());
    }
  }

  @Test
  void deadAndConstantLinesAreFound() throws IOException {
    var numbers = normal(13 * 7, 0, 1);
    for (int column = 0; column < 7; column++) {
      numbers[3 * 7 + column] = 0;
      numbers[5 * 7 + column] = 2;
    }
    for (int row = 0; row < 13; row++) {
      numbers[row * 7 + 4] = row == 5 ? 2 : 0;
    }
    numbers[8 * 7 + 4] = 0;
    numbers[5 * 7 + 4] = 2;
    Path file = safetensors(Map.of("w", tensor(DType.FLOAT32, numbers, 13, 7)));
    try (var tensors = ModelTensors.open(file)) {
      for (var found : scans(tensors.find("w").orElseThrow())) {
        assertEquals(1, found.rows().orElseThrow().dead());
        assertEquals(3, found.rows().orElseThrow().leastAt());
        assertEquals(0, found.columns().orElseThrow().dead());
        assertEquals(1, found.constantRows());
        var texts = TensorWarning.of(found).stream().map(TensorWarning::text).toList();
        assertEquals(
            List.of(
                "1 of 13 rows have nothing but zeros",
                "1 of 13 rows have one number all along, which is not zero"),
            texts);
      }
    }
  }

  @Test
  void columnsOfNaNAreNotCalledZeros() throws IOException {
    var numbers = normal(13 * 7, 0, 1);
    for (int row = 0; row < 13; row++) {
      numbers[row * 7 + 4] = Float.NaN;
    }
    Path file = safetensors(Map.of("w", tensor(DType.FLOAT32, numbers, 13, 7)));
    try (var tensors = ModelTensors.open(file)) {
      for (var found : scans(tensors.find("w").orElseThrow())) {
        var texts = TensorWarning.of(found).stream().map(TensorWarning::text).toList();
        assertEquals(List.of("13 of 91 numbers are NaN"), texts);
      }
    }
  }

  @Test
  void aFileThatBecomesShorterIsTold() throws IOException {
    Path file = gguf(Map.of("w", tensor(DType.FLOAT32, normal(1 << 17, 0, 1), 512, 256)));
    try (var tensors = ModelTensors.open(file)) {
      try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(1 << 16);
      }
      var tensor = tensors.find("w").orElseThrow();
      var told = assertThrows(UncheckedIOException.class, () -> scans(tensor));
      assertEquals(
          file + ": tensor 'w': is cut off: the file has become shorter while it was read",
          told.getCause().getMessage());
    }
  }
}
