package dev.fader.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.model.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Tokenizers that are not a `tokenizer.json`: small models of SentencePiece 0.2 with the ids of
/// that library, and the plain vocabularies of old directories with those of Hugging Face's
/// `tokenizers`. `src/test/python/sentencepiece_cases.py` wrote the files.
final class SentencePieceCasesTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bpe", "bpe_digits", "bpe_plain", "bpe_suffix", "bpe_symbols",
        "unigram", "unigram_bytes", "unigram_identity", "unigram_suffix", "unigram_symbols"
      })
  void sentencePieceModels(String name) throws IOException {
    Tokenizer tokenizer = Tokenizer.load(folder().resolve(name + ".model"));
    JsonNode cases = cases(folder().resolve(name + ".cases.json"));
    for (JsonNode expected : cases) {
      assertArrayEquals(
          Golden.ints(expected.get("ids")),
          tokenizer.encode(expected.get("text").stringValue()),
          () -> JSON.writeValueAsString(expected));
      assertEquals(
          expected.get("decoded").stringValue(),
          tokenizer.decode(Golden.ints(expected.get("ids"))));
    }
  }

  @Test
  void vocabularyAndMerges() throws IOException {
    agrees(folder().resolve("gpt2"), Tokenizer.load(folder().resolve("gpt2")));
  }

  /// As OPT's repositories hold it: no `tokenizer.json`, and one token that begins, ends and stands
  /// for the unknown.
  @Test
  void namedTokensOfAnOldVocabularyAreSpecial(@TempDir Path directory) throws IOException {
    var pieces =
        (ObjectNode) JSON.readTree(Files.readAllBytes(folder().resolve("gpt2/vocab.json")));
    pieces.put("</s>", 330).put("<pad>", 331);
    Files.writeString(directory.resolve("vocab.json"), JSON.writeValueAsString(pieces));
    Files.copy(folder().resolve("gpt2/merges.txt"), directory.resolve("merges.txt"));
    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        """
        {"errors": "replace", "unk_token": {"content": "</s>", "single_word": false, "lstrip": false,
         "rstrip": false, "normalized": true, "__type": "AddedToken"}, "bos_token": {"content": "</s>"},
         "eos_token": "</s>", "pad_token": "<pad>", "add_prefix_space": false, "add_bos_token": true,
         "tokenizer_class": "GPT2Tokenizer"}\
        """);
    var tokenizer = Tokenizer.load(directory);
    var plain = Tokenizer.load(folder().resolve("gpt2"));
    var text = "the </s> of<pad>";
    int[] the = plain.encode("the ");
    int[] of = plain.encode(" of");
    var expected = new int[the.length + of.length + 3];
    expected[0] = 330;
    System.arraycopy(the, 0, expected, 1, the.length);
    expected[1 + the.length] = 330;
    System.arraycopy(of, 0, expected, 2 + the.length, of.length);
    expected[expected.length - 1] = 331;
    int[] ids = tokenizer.encode(text, SpecialTokens.AS_TOKENS);
    assertArrayEquals(expected, tokenizer.withSpecialTokens(ids));
    assertArrayEquals(plain.encode(text), tokenizer.encode(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert_uncased", "bert_cased"})
  void wordPieceVocabularies(String name) throws IOException {
    agrees(folder().resolve(name), Tokenizer.load(folder().resolve(name)));
  }

  private static void agrees(Path directory, Tokenizer tokenizer) throws IOException {
    for (JsonNode expected : cases(directory.resolve("cases.json"))) {
      int[] ids = tokenizer.encode(expected.get("text").stringValue(), SpecialTokens.AS_TOKENS);
      assertArrayEquals(
          Golden.ints(expected.get("ids")), ids, () -> JSON.writeValueAsString(expected));
      if (expected.has("framed")) {
        assertArrayEquals(Golden.ints(expected.get("framed")), tokenizer.withSpecialTokens(ids));
      }
      assertEquals(expected.get("decoded").stringValue(), tokenizer.decode(ids));
    }
  }

  private static JsonNode cases(Path file) throws IOException {
    JsonNode cases = JSON.readTree(Files.readAllBytes(file));
    assertTrue(cases.size() > 50, () -> file + " has " + cases.size() + " cases");
    return cases;
  }

  private static Path folder() {
    Path root = Path.of("").toAbsolutePath();
    while (root.getParent() != null && !Files.exists(root.resolve("mvnw"))) {
      root = root.getParent();
    }
    return root.resolve("core/src/test/resources/sentencepiece");
  }
}
