package dev.fader.format;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.json.JsonMapper;

/// Untrusted JSON: limits proportional to the input, and errors with positions.
final class StrictJson {
  /// Nesting limit. A safetensors header needs 3, a configuration a few more.
  private static final int DEEPEST = 32;

  private static final int LONGEST_NAME = 65_536;
  private static final int LONGEST_NUMBER = 100;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxNameLength(LONGEST_NAME)
                  .maxNumberLength(LONGEST_NUMBER)
                  // A string cannot be longer than the document, whose length is already checked.
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  static final JsonMapper MAPPER = JsonMapper.builder(FACTORY).build();

  private StrictJson() {}

  static JsonParser parser(byte[] json) {
    return FACTORY.createParser(ObjectReadContext.empty(), json);
  }

  /// Checks that `json`, which begins at byte `start` of `file`, is valid UTF-8.
  static void checkUtf8(Path file, byte[] json, long start) throws FormatException {
    var decoder = StandardCharsets.UTF_8.newDecoder();
    var bytes = ByteBuffer.wrap(json);
    var window = CharBuffer.allocate(4096);
    CoderResult result;
    do {
      window.clear();
      result = decoder.decode(bytes, window, true);
    } while (result.isOverflow());
    if (result.isError()) {
      throw FormatException.at(file, start + bytes.position(), "this is not UTF-8");
    }
  }

  /// An error of Jackson in JSON that begins at byte `start` of `file`, in one line.
  static FormatException wrong(Path file, JacksonException broken, long start) {
    String problem = "broken JSON: " + JsonProblem.of(broken);
    var location = broken.getLocation();
    long offset = location == null ? -1 : location.getByteOffset();
    return offset < 0
        ? new FormatException(file, problem)
        : FormatException.at(file, start + offset, problem);
  }
}
