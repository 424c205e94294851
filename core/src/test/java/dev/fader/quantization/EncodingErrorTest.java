package dev.fader.quantization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/// What encoding loses, beside what ggml's own quantisers lose on the same numbers without an
/// importance matrix. Their root mean square errors are in `reference-errors.json`, measured by
/// calling `ggml_quantize_chunk` of llama.cpp 0.5.0 on [#numbers].
class EncodingErrorTest {
  static final int SIZE = 64 * 256;
  private static final Path REFERENCE =
      Path.of("src/test/resources/quantization/reference-errors.json");

  /// Kinds of weights, of all scales that float16 scales can follow, and beyond.
  enum Numbers {
    GAUSSIAN,
    HEAVY_TAILED,
    SHIFTED,
    NEGATIVE,
    SPARSE,
    SMALL,
    LARGE,
    ZERO,
    CONSTANT,
    NEGATIVE_CONSTANT,
    TINY
  }

  static Stream<BlockFormat> written() {
    return Arrays.stream(BlockFormat.values()).filter(BlockFormat::isWritten);
  }

  static float[] numbers(Numbers kind) {
    var random = new Random(20261124);
    var numbers = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      double gaussian = random.nextGaussian();
      double uniform = random.nextDouble();
      numbers[i] =
          (float)
              switch (kind) {
                case GAUSSIAN -> gaussian;
                case HEAVY_TAILED -> gaussian * gaussian * gaussian;
                case SHIFTED -> gaussian + 3;
                case NEGATIVE -> -1 - uniform;
                case SPARSE -> uniform < 0.1 ? gaussian : 0;
                case SMALL -> 0.02 * gaussian;
                case LARGE -> 3000 * gaussian;
                case ZERO -> 0;
                case CONSTANT -> 3.5;
                case NEGATIVE_CONSTANT -> -3.5;
                case TINY -> 1e-4 * gaussian;
              };
    }
    return numbers;
  }

  private static float[] thereAndBack(BlockFormat format, float[] numbers) {
    var bytes =
        MemorySegment.ofArray(new byte[numbers.length / format.elements() * format.bytes()]);
    var decoded = new float[numbers.length];
    for (int i = 0; i < numbers.length; i += format.elements()) {
      long at = (long) i / format.elements() * format.bytes();
      format.encode(numbers, i, bytes, at);
      format.decode(bytes, at, decoded, i);
    }
    return decoded;
  }

  private static double error(float[] numbers, float[] decoded) {
    double sum = 0;
    for (int i = 0; i < numbers.length; i++) {
      double error = (double) numbers[i] - decoded[i];
      sum += error * error;
    }
    return Math.sqrt(sum / numbers.length);
  }

  @ParameterizedTest
  @EnumSource
  void encodingErrorIsAtMostThatOfReference(Numbers kind) {
    var reference = JsonMapper.shared().readTree(REFERENCE.toFile()).get(kind.name());
    float[] numbers = numbers(kind);
    for (var format : written().toList()) {
      double theirs = reference.get(format.name()).asDouble();
      double ours = error(numbers, thereAndBack(format, numbers));
      double most = 1.01 * theirs;
      assertTrue(ours <= most, () -> "%s: %s, and ggml loses %s".formatted(format, ours, theirs));
    }
  }

  @ParameterizedTest
  @MethodSource("written")
  void tooSmallNumbersBecomeZero(BlockFormat format) {
    var numbers = new float[format.elements()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (i % 7 - 3) * 1e-42f;
    }
    for (float decoded : thereAndBack(format, numbers)) {
      // MXFP4 has no float16 scale and goes down to 2^-128.
      assertEquals(0, decoded, format == BlockFormat.MXFP4 ? 1e-38f : 1e-6f);
    }
  }

  @ParameterizedTest
  @MethodSource("written")
  void encodeNonFiniteNumberThrows(BlockFormat format) {
    var to = MemorySegment.ofArray(new byte[format.bytes()]);
    for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      var numbers = new float[format.elements()];
      numbers[format.elements() - 1] = wrong;
      var refused =
          assertThrows(IllegalArgumentException.class, () -> format.encode(numbers, 0, to, 0));
      assertEquals(format + " cannot hold " + wrong, refused.getMessage());
    }
  }

  @Test
  void encodeTooLargeNumberThrows() {
    for (var format : written().filter(f -> f != BlockFormat.MXFP4).toList()) {
      var numbers = new float[format.elements()];
      numbers[3] = 1e30f;
      numbers[5] = -2e30f;
      var to = MemorySegment.ofArray(new byte[format.bytes()]);
      var refused =
          assertThrows(IllegalArgumentException.class, () -> format.encode(numbers, 0, to, 0));
      assertTrue(refused.getMessage().endsWith(" is beyond float16"), refused.getMessage());
    }
    var powers = new float[32];
    powers[3] = 0x1p100f;
    powers[5] = -0x1p101f;
    assertEquals(0, error(powers, thereAndBack(BlockFormat.MXFP4, powers)));
  }

  @Test
  void encodeReadOnlyFormatThrows() {
    for (var format : BlockFormat.values()) {
      if (!format.isWritten()) {
        var to = MemorySegment.ofArray(new byte[format.bytes()]);
        var refused =
            assertThrows(
                UnsupportedOperationException.class,
                () -> format.encode(new float[format.elements()], 0, to, 0));
        assertEquals(format + " is read and not written", refused.getMessage());
      }
    }
  }
}
