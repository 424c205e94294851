package dev.fader.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.tokenizer.error.TokenizerException;
import dev.fader.tokenizer.file.GgufTokenizerWriterTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The vocabularies of real models, which stay outside the repository.
final class GoldenTokenizersTest {
  @TempDir Path saved;

  @Test
  void qwen25() throws IOException {
    Path directory = golden("tokenizers/qwen2_5");
    Tokenizer tokenizer = Tokenizer.load(directory);
    JsonNode cases = json(directory.resolve("golden.json")).get("cases");
    for (JsonNode golden : cases) {
      String text = golden.get("text").stringValue();
      int[] ids = tokenizer.encode(text, SpecialTokens.AS_TOKENS);
      assertArrayEquals(ids(golden.get("ids")), ids, text);
      assertArrayEquals(
          ids(golden.get("ids_with_special")), tokenizer.withSpecialTokens(ids), text);
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
    assertArrayEquals(
        ids(golden.get("prompt_ids")), tokenizer.withSpecialTokens(tokenizer.encode(prompt)));
    assertEquals(1, tokenizer.beginOfText().getAsInt());
    assertEquals(2, tokenizer.endOfText().getAsInt());
    // The byte fallback, and the space in front that decoding takes away again.
    String text = " Zoë saw 3 \uD83D\uDE00\n";
    assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
  }

  /// Of one tokenizer, the `tokenizer.model` and the `tokenizer.json` that was made from it. The
  /// model takes superfluous spaces away, as SentencePiece does; the conversion lost that.
  @Test
  void sentencePieceAgreesWithJson() throws IOException {
    Path directory = golden("stories260k");
    Tokenizer json = Tokenizer.load(directory.resolve("tokenizer.json"));
    Tokenizer model = Tokenizer.load(directory.resolve("tokenizer.model"));
    assertEquals(json.vocabularySize(), model.vocabularySize());
    for (String any : texts()) {
      String text = any.replaceAll("[ \u2581]+", " ").strip();
      int[] expected = json.encode(text);
      assertArrayEquals(
          expected, model.encode(text), () -> JsonMapper.shared().writeValueAsString(text));
      assertArrayEquals(json.withSpecialTokens(expected), model.withSpecialTokens(expected), text);
      assertEquals(json.decode(expected), model.decode(expected), text);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek-coder", "gpt-2", "llama-spm", "starcoder"})
  void ggufSavedAsJsonGivesSameIds(String name) throws IOException {
    Tokenizer tokenizer = Tokenizer.load(golden("tokenizers").resolve(name + ".gguf"));
    tokenizer.save(saved);
    Tokenizer loaded = Tokenizer.load(saved);
    for (String text : texts()) {
      int[] expected = tokenizer.encode(text);
      assertArrayEquals(
          expected,
          loaded.encode(text),
          () -> name + ": " + JsonMapper.shared().writeValueAsString(text));
      assertArrayEquals(
          tokenizer.withSpecialTokens(expected), loaded.withSpecialTokens(expected), text);
      assertEquals(tokenizer.decode(expected), loaded.decode(expected), text);
    }
    assertEquals(tokenizer.endOfText(), loaded.endOfText());
    assertEquals(tokenizer.beginOfText(), loaded.beginOfText());
  }

  /// SentencePiece takes superfluous spaces away; a reader of a GGUF file with its BPE does not.
  @Test
  void describeRemovedSpacesThrows() throws IOException {
    Path model = golden("stories260k").resolve("tokenizer.model");
    Tokenizer tokenizer = Tokenizer.load(model);
    var refused =
        assertThrows(
            TokenizerException.class, () -> tokenizer.describe(new GgufMetadataBuilder(), 512));
    assertEquals(
        model
            + ": normalizer cannot be expressed in GGUF: that superfluous spaces are taken away"
            + " (remove_extra_whitespaces) by a BPE model; use the model as a directory, or give it"
            + " a tokenizer without that",
        refused.getMessage());
  }

  /// Of every real vocabulary: the directory, and the GGUF file that it becomes. 500 texts of
  /// random shape and further ones give the same ids, or the file is refused by name.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "tokenizers/qwen2_5",
        "tokenizers/deepseek-coder.gguf",
        "tokenizers/gpt-2.gguf",
        "tokenizers/llama-spm.gguf",
        "tokenizers/starcoder.gguf",
        "stories260k/tokenizer.json",
        "gguf/stories260k-f16.gguf"
      })
  void directoryAndGgufGiveSameIds(String name) throws IOException {
    Tokenizer given = Tokenizer.load(goldenFile(name));
    given.save(saved);
    Tokenizer directory = name.endsWith(".gguf") ? Tokenizer.load(saved) : given;
    var fields = new GgufMetadataBuilder().text("general.architecture", "llama");
    directory.describe(fields, directory.vocabularySize());
    Tokenizer exported = Tokenizer.of(fields.metadata(Path.of("exported.gguf")));
    var all = new ArrayList<>(GgufTokenizerWriterTest.texts(500));
    all.addAll(texts());
    for (String text : all) {
      for (SpecialTokens specials : SpecialTokens.values()) {
        assertArrayEquals(
            directory.encode(text, specials),
            exported.encode(text, specials),
            () -> name + ": " + JsonMapper.shared().writeValueAsString(text));
      }
    }
  }

  private static List<String> texts() {
    var random = new Random(11);
    var texts =
        new ArrayList<>(
            List.of(
                "", " ", "  a   b  ", "\n", "Zo\u00EB saw 3 \uD83D\uDE00\r\n", "a".repeat(1000)));
    String letters = "abc the  \n\t\u00E9\u65E5\uD83D_-.,1\u2581\u0301\u042F\0";
    for (int length : new int[] {1, 7, 13, 31, 33, 100}) {
      for (int round = 0; round < 50; round++) {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++) {
          text.append(letters.charAt(random.nextInt(letters.length())));
        }
        texts.add(text.toString().replace("\uD83D", "\uD83D\uDE00"));
      }
    }
    return texts;
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

  private static Path goldenFile(String name) {
    int slash = name.indexOf('/');
    return golden(name.substring(0, slash)).resolve(name.substring(slash + 1));
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
