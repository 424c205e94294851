package dev.fader.quantization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Blocks and their values as gguf-py 0.19 has them: `dequantize.json` is the project's golden
/// file, `dequantize-more.json` was made in the same way for the types that it lacks.
class GoldenBlocksTest {
  private static final Path RESOURCES = Path.of("src/test/resources/quantization");

  private static Stream<Map.Entry<String, JsonNode>> cases() {
    return Stream.of("dequantize.json", "dequantize-more.json")
        .flatMap(name -> {
          try {
            var json = JsonMapper.shared().readTree(Files.readString(RESOURCES.resolve(name)));
            return json.get("types").properties().stream();
          } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
          }
        });
  }

  private static JsonNode of(BlockFormat format) {
    return cases()
        .filter(entry -> entry.getKey().equals(format.name()))
        .findFirst()
        .orElseThrow()
        .getValue();
  }

  private static float[] floats(JsonNode array) {
    var values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) array.get(i).asDouble();
    }
    return values;
  }

  @ParameterizedTest
  @EnumSource
  void decodeMatchesReference(BlockFormat format) {
    var golden = of(format);
    assertEquals(golden.get("block_size").asInt(), format.elements());
    assertEquals(golden.get("bytes_per_block").asInt(), format.bytes());
    byte[] bytes = HexFormat.of().parseHex(golden.get("bytes_hex").asString());
    float[] expected = floats(golden.get("values"));
    var decoded = new float[expected.length];
    for (int i = 0; i < bytes.length / format.bytes(); i++) {
      format.decode(
          MemorySegment.ofArray(bytes), (long) i * format.bytes(), decoded, i * format.elements());
    }
    assertEquals((long) bytes.length * format.elements(), (long) decoded.length * format.bytes());
    // + 0: the sign of a zero is no matter of rounding.
    for (int i = 0; i < decoded.length; i++) {
      assertEquals(expected[i] + 0f, decoded[i] + 0f, "element " + i);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"})
  void encodeWithoutSearchMatchesReferenceBytes(BlockFormat format) {
    var golden = of(format);
    float[] numbers = floats(golden.get("x"));
    var bytes = new byte[numbers.length / format.elements() * format.bytes()];
    for (int i = 0; i < numbers.length / format.elements(); i++) {
      format.encode(
          numbers, i * format.elements(), MemorySegment.ofArray(bytes), (long) i * format.bytes());
    }
    assertArrayEquals(HexFormat.of().parseHex(golden.get("bytes_hex").asString()), bytes);
  }

  @Test
  void everyFormatHasOneGoldenCase() {
    var names = cases().map(Map.Entry::getKey).toList();
    for (var format : BlockFormat.values()) {
      assertEquals(1, names.stream().filter(format.name()::equals).count(), format.name());
    }
  }
}
