package dev.fader.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads and writes small JSON files such as `config.json`: strict when reading, uniform when
/// writing.
public final class JsonFile {
  /// More than any configuration or index needs.
  private static final long LONGEST = 64L << 20;

  private JsonFile() {}

  /// The object in `file`.
  ///
  /// @throws NoSuchFileException if it does not exist
  /// @throws FormatException if it is not UTF-8 or not JSON, repeats a name, is nested too deep or
  ///   is not an object
  public static ObjectNode read(Path file) throws IOException {
    return parse(file, readBytes(file));
  }

  private static byte[] readBytes(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "there is no such file");
    }
    if (!Files.isRegularFile(file)) {
      throw new FormatException(file, "is not a regular file");
    }
    long size = Files.size(file);
    if (size > LONGEST) {
      throw new FormatException(
          file, "has %d bytes, and no JSON of more than %d is read".formatted(size, LONGEST));
    }
    return Files.readAllBytes(file);
  }

  /// The object in the bytes of `file`.
  ///
  /// @throws FormatException if it is not UTF-8 or not JSON, repeats a name, is nested too deep or
  ///   is not an object
  public static ObjectNode parse(Path file, byte[] json) throws FormatException {
    StrictJson.checkUtf8(file, json, 0);
    try {
      JsonNode node = StrictJson.MAPPER.readTree(json);
      if (node instanceof ObjectNode object) {
        return object;
      }
    } catch (JacksonException broken) {
      throw StrictJson.wrong(file, broken, 0);
    }
    throw new FormatException(file, "a JSON object is needed, and this is something else");
  }

  /// An empty object.
  public static ObjectNode object() {
    return StrictJson.MAPPER.createObjectNode();
  }

  /// `object` as text with one field per line, in order.
  public static FileContent content(ObjectNode object) {
    var indenter = new DefaultIndenter("  ", "\n");
    var printer =
        new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
    return FileContent.of(
        StrictJson.MAPPER.writer().with(printer).writeValueAsString(object) + "\n");
  }
}
