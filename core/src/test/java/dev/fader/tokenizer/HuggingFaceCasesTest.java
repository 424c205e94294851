package dev.fader.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.model.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Small tokenizers with every kind of component, and what Hugging Face's `tokenizers` 0.23 makes
/// of random texts with them; `src/test/python/tokenizer_cases.py` wrote the files. With
/// `-Dfader.tokenizerCases=DIRECTORY` other files are read.
final class HuggingFaceCasesTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  @TempDir Path directory;

  static List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder())) {
      var names = files.map(file -> file.getFileName().toString()).sorted().toList();
      assertTrue(names.size() > 50, () -> "only " + names);
      return names;
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void encodeAndDecodeAgreeWithReference(String name) throws IOException {
    JsonNode golden = JSON.readTree(Files.readAllBytes(folder().resolve(name)));
    Files.write(
        directory.resolve("tokenizer.json"), JSON.writeValueAsBytes(golden.get("tokenizer")));
    Tokenizer tokenizer = Tokenizer.load(directory);
    for (JsonNode expected : golden.get("cases")) {
      String text = expected.get("text").stringValue();
      int[] ids = tokenizer.encode(text, SpecialTokens.AS_TOKENS);
      assertArrayEquals(Golden.ints(expected.get("ids")), ids, () -> escaped(text));
      assertArrayEquals(
          Golden.ints(expected.get("framed")),
          tokenizer.withSpecialTokens(ids),
          () -> escaped(text));
      assertEquals(
          expected.get("decoded").stringValue(), tokenizer.decode(ids), () -> escaped(text));
    }
  }

  private static String escaped(String text) {
    return JSON.writeValueAsString(text);
  }

  private static Path folder() {
    return Path.of(System.getProperty("fader.tokenizerCases", "src/test/resources/tokenizers"));
  }
}
