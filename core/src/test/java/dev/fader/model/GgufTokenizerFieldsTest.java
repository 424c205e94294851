package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fader.format.DurableFile;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufFields;
import dev.fader.format.GgufFile;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Tokenizers that go along when a directory becomes a GGUF file.
class GgufTokenizerFieldsTest {
  @TempDir Path directory;

  private static Path resource(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(GgufTokenizerFieldsTest.class.getResource("/" + name)).toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// A file without tensors for a model of so many tokens.
  private Path written(int vocabularySize) throws IOException {
    String config = Files.readString(Golden.directory("models/llama").resolve("config.json"));
    Files.writeString(
        directory.resolve("config.json"),
        config.replaceFirst("\"vocab_size\": *\\d+", "\"vocab_size\": " + vocabularySize));
    var fields = new GgufFields().text("general.architecture", "llama");
    GgufTokenizerFields.write(directory, HuggingFaceConfig.read(directory), fields);
    Path file = directory.resolve("written.gguf");
    DurableFile.write(file, new GgufContent(fields, List.of()));
    return file;
  }

  @ParameterizedTest
  @CsvSource({"bpe_plain, 420", "unigram, 126", "unigram_bytes, 380", "unigram_identity, 176"})
  void aSentencePieceModelAloneIsEnough(String name, int size) throws IOException {
    Files.copy(resource("sentencepiece/" + name + ".model"), directory.resolve("tokenizer.model"));
    var before = Tokenizer.load(directory);
    Path cases = resource("sentencepiece/" + name + ".cases.json");
    try (var file = GgufFile.open(written(size))) {
      var after = Tokenizer.of(file.metadata());
      for (JsonNode expected : JsonMapper.shared().readTree(Files.readAllBytes(cases))) {
        String text = expected.get("text").stringValue();
        assertArrayEquals(before.encode(text), after.encode(text), expected::toString);
      }
    }
  }

  @Test
  void withoutATokenizerItSaysSo() throws IOException {
    try (var file = GgufFile.open(written(384))) {
      assertEquals("no_vocab", file.metadata().text("tokenizer.ggml.model").orElseThrow());
      assertFalse(Tokenizer.isIn(file.metadata()));
    }
  }

  /// What takes whole words before it merges has another name than what does not.
  @ParameterizedTest
  @CsvSource({"true, llama-bpe", "false, dbrx"})
  void thePreTokenizersNameKnowsWholeWords(boolean wholeWords, String name) throws IOException {
    Files.writeString(
        directory.resolve("tokenizer.json"),
        """
        {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
           {"type": "Split", "pattern": {"Regex": "(?i:'s|'t)|\\\\p{L}+|\\\\p{N}{1,3}"},
            "behavior": "Isolated", "invert": false},
           {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
         "model": {"type": "BPE", "ignore_merges": %s, "vocab": {"a": 0}, "merges": []}}
        """
            .formatted(wholeWords));
    try (var file = GgufFile.open(written(384))) {
      assertEquals(name, file.metadata().text("tokenizer.ggml.pre").orElseThrow());
    }
  }
}
