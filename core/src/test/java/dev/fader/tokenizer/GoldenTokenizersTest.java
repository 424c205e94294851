package dev.fader.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.format.GgufFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The vocabularies of real models, which stay outside the repository.
final class GoldenTokenizersTest {
  @Test
  void qwen25() throws IOException {
    Path directory = golden("tokenizers/qwen2_5");
    Tokenizer tokenizer = Tokenizer.load(directory);
    JsonNode cases = json(directory.resolve("golden.json")).get("cases");
    for (JsonNode golden : cases) {
      String text = golden.get("text").stringValue();
      int[] ids = tokenizer.encode(text, Specials.AS_TOKENS);
      assertArrayEquals(ids(golden.get("ids")), ids, text);
      assertArrayEquals(ids(golden.get("ids_with_special")), tokenizer.framed(ids), text);
      assertEquals(golden.get("decoded").stringValue(), tokenizer.decode(ids), text);
    }
    assertEquals("<|im_end|>", tokenizer.piece(tokenizer.endOfText().getAsInt()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-coder", "gpt-2", "llama-spm", "starcoder"})
  void gguf(String name) throws IOException {
    Path directory = golden("tokenizers");
    Tokenizer tokenizer;
    try (var file = GgufFile.open(directory.resolve(name + ".gguf"))) {
      tokenizer = Tokenizer.of(file.metadata());
    }
    for (JsonNode golden : json(directory.resolve(name + ".json")).get("cases")) {
      String text = golden.get("text").stringValue();
      int[] ids = tokenizer.encode(text);
      assertArrayEquals(ids(golden.get("ids")), ids, () -> name + ": " + text);
      assertEquals(text, tokenizer.decode(ids));
    }
  }

  @Test
  void stories260k() throws IOException {
    Path directory = golden("stories260k");
    Tokenizer tokenizer = Tokenizer.load(directory);
    JsonNode golden = json(directory.resolve("golden.json"));
    String prompt = golden.get("prompt").stringValue();
    assertArrayEquals(ids(golden.get("prompt_ids")), tokenizer.framed(tokenizer.encode(prompt)));
    assertEquals(1, tokenizer.beginOfText().getAsInt());
    assertEquals(2, tokenizer.endOfText().getAsInt());
    // The byte fallback, and the space in front that decoding takes away again.
    String text = " Zoë saw 3 \uD83D\uDE00\n";
    assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
  }

  private static int[] ids(JsonNode array) {
    var ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = array.get(i).intValue();
    }
    return ids;
  }

  private static JsonNode json(Path file) throws IOException {
    return JsonMapper.shared().readTree(Files.readAllBytes(file));
  }

  private static Path golden(String name) {
    Path root = Path.of("").toAbsolutePath();
    while (root.getParent() != null && !Files.exists(root.resolve("mvnw"))) {
      root = root.getParent();
    }
    Path directory = root.resolveSibling("shared").resolve("golden").resolve(name);
    assumeTrue(Files.isDirectory(directory), () -> "skipped: no golden files at " + directory);
    return directory;
  }
}
