package dev.fader.tokenizer.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.GgufMetadataBuilder;
import dev.fader.tokenizer.SpecialTokens;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.tokenizer.error.TokenizerException;
import dev.fader.tokenizer.model.ByteAlphabet;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Tokenizers that go along when a directory becomes a GGUF file.
public final class GgufTokenizerWriterTest {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final int SIZE = 400;
  private static final long SEED = 20261128;

  @TempDir Path directory;

  private static Path resource(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(GgufTokenizerWriterTest.class.getResource("/" + name)).toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static GgufMetadataBuilder written(Tokenizer tokenizer, int size) {
    var fields = new GgufMetadataBuilder().text("general.architecture", "llama");
    tokenizer.describe(fields, size);
    return fields;
  }

  private static Tokenizer read(GgufMetadataBuilder fields) {
    return Tokenizer.of(fields.metadata(Path.of("written.gguf")));
  }

  private static String pre(GgufMetadataBuilder fields) throws IOException {
    return fields.metadata(Path.of("written.gguf")).text(PREFIX + "pre").orElseThrow();
  }

  /// Texts that cuts, normalizers and spaces treat differently, in any order.
  public static List<String> texts(int count) {
    var random = new Random(SEED);
    String[] parts = {
      "a",
      "b",
      "ab",
      " ",
      "  ",
      "\n",
      "\r\n",
      "\t",
      "1",
      "12",
      "2024",
      "31415926",
      "'s",
      "'LL",
      "I",
      "Word",
      "HTTPServer",
      ".",
      "!!",
      "\u2581",
      "\u00E9",
      "e\u0301",
      "\u0939\u093F\u0928\u094D",
      "\u4E2D\u6587",
      "\u3042",
      "\uD55C",
      "\uD83D\uDE00",
      "\u00BD",
      "\u00B2",
      "\u00A0",
      "\u0E01",
      "#$`~",
      "()",
      "//",
      "_",
      "<s>",
      "\u017F",
      "\u0130"
    };
    var texts = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      var text = new StringBuilder();
      for (int length = random.nextInt(12); length >= 0; length--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      texts.add(text.toString());
    }
    return texts;
  }

  private static void assertSameIds(Tokenizer before, Tokenizer after, String name) {
    for (String text : texts(500)) {
      for (SpecialTokens specials : SpecialTokens.values()) {
        assertArrayEquals(
            before.encode(text, specials),
            after.encode(text, specials),
            () ->
                "%s, %s, seed %d: %s"
                    .formatted(name, specials, SEED, JsonMapper.shared().writeValueAsString(text)));
      }
    }
  }

  /// All bytes, some pieces of texts, and a few tokens that no text has.
  private static GgufMetadataBuilder bytePairs(String pre) {
    var tokens = new ArrayList<String>();
    for (int value = 0; value < 256; value++) {
      tokens.add(ByteAlphabet.write(new byte[] {(byte) value}));
    }
    var merges = new ArrayList<String>();
    for (String pair :
        List.of(
            "1 2",
            "2 0",
            "20 2",
            "202 4",
            "3 1",
            "\u0120 a",
            "a b",
            "\u0120 1",
            "! !",
            "W o",
            "Wo r",
            "I '",
            "\u0120 \u0120",
            "\u010A \u010A",
            "\u00C3 \u00A9",
            "e \u00CC",
            "e\u00CC \u0123",
            "\u00E4 \u00B8",
            "A B",
            "' s")) {
      merges.add(pair);
      tokens.add(pair.replace(" ", ""));
    }
    return new GgufMetadataBuilder()
        .text("general.architecture", "llama")
        .text(PREFIX + "model", "gpt2")
        .text(PREFIX + "pre", pre)
        .strings(PREFIX + "tokens", tokens)
        .strings(PREFIX + "merges", merges);
  }

  static List<String> names() {
    return List.of(GgufPreTokenizer.names().split(", "));
  }

  @ParameterizedTest
  @MethodSource("names")
  void writeEveryPreTokenizerName(String name) throws IOException {
    Tokenizer before = read(bytePairs(name));
    before.save(directory);
    Tokenizer between = Tokenizer.load(directory);
    var fields = written(between, SIZE);
    assertSameIds(before, read(fields), name + " as " + pre(fields));
    assertEquals(
        GgufPreTokenizer.named(name).orElseThrow().splits(),
        GgufPreTokenizer.named(pre(fields)).orElseThrow().splits());
  }

  /// A byte-level tokenizer with these steps in the place of those that the file has.
  private Tokenizer withSteps(String normalizer, String preTokenizer) throws IOException {
    read(bytePairs("gpt-2")).save(directory);
    Path file = directory.resolve("tokenizer.json");
    var mapper = JsonMapper.shared();
    var json = (tools.jackson.databind.node.ObjectNode) mapper.readTree(Files.readAllBytes(file));
    json.set("normalizer", mapper.readTree(normalizer));
    json.set("pre_tokenizer", mapper.readTree(preTokenizer));
    Files.write(file, mapper.writeValueAsBytes(json));
    return Tokenizer.load(directory);
  }

  private static String sequence(String... steps) {
    return """
    {"type": "Sequence", "pretokenizers": [%s]}\
    """
        .formatted(String.join(", ", steps));
  }

  private static String bytes(boolean useRegex) {
    return """
    {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": %s}\
    """
        .formatted(useRegex);
  }

  private static String split(String regex, String behavior, boolean inverted) {
    return """
    {"type": "Split", "pattern": {"Regex": %s}, "behavior": "%s", "invert": %s}\
    """
        .formatted(JsonMapper.shared().writeValueAsString(regex), behavior, inverted);
  }

  static List<List<String>> spellings() {
    String cl100k =
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    String turned =
        "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    String qwen = cl100k.replace("{1,3}", "");
    String han = "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+";
    String words =
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
            + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*"
            + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    return List.of(
        List.of("gpt-2", "null", bytes(true)),
        List.of("mpt", "{\"type\": \"NFC\"}", bytes(true)),
        List.of("llama-bpe", "null", sequence(split(cl100k, "Isolated", false), bytes(false))),
        List.of("llama-bpe", "null", sequence(split(cl100k, "Removed", true), bytes(false))),
        List.of("llama-bpe", "null", sequence(split(cl100k, "Isolated", true), bytes(false))),
        List.of("llama-bpe", "null", sequence(split(turned, "Removed", true), bytes(false))),
        List.of(
            "qwen2", "{\"type\": \"NFC\"}", sequence(split(qwen, "Isolated", false), bytes(false))),
        List.of(
            "starcoder",
            "null",
            sequence("{\"type\": \"Digits\", \"individual_digits\": true}", bytes(true))),
        List.of(
            "command-r",
            "{\"type\": \"NFC\"}",
            sequence(split("\\p{N}", "Isolated", false), bytes(true))),
        List.of(
            "deepseek-v3",
            "null",
            sequence(
                split("\\p{N}{1,3}", "Isolated", false),
                split(han, "Isolated", false),
                split(words, "Isolated", false),
                bytes(false))));
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void writeEquivalentStepsUnderOneName(List<String> spelling) throws IOException {
    Tokenizer before = withSteps(spelling.get(1), spelling.get(2));
    var fields = written(before, SIZE);
    assertEquals(spelling.getFirst(), pre(fields));
    assertSameIds(before, read(fields), spelling.toString());
  }

  /// llama.cpp never composes; a file that is written here says so where the name's models do.
  @Test
  void writeWithoutNfcOverridesName() throws IOException {
    String qwen35 = GgufPreTokenizer.named("qwen35").orElseThrow().splits().getFirst();
    String cuts = sequence(split(qwen35, "Isolated", false), bytes(false));
    for (String normalizer : List.of("null", "{\"type\": \"NFC\"}")) {
      Tokenizer before = withSteps(normalizer, cuts);
      var fields = written(before, SIZE);
      assertEquals("qwen35", pre(fields));
      assertSameIds(before, read(fields), normalizer);
    }
  }

  static List<List<String>> refusals() {
    String digits = "{\"type\": \"Digits\", \"individual_digits\": false}";
    String twice = sequence(bytes(false), split("b", "Isolated", false), bytes(false));
    return List.of(
        List.of(
            "normalizer: cannot be expressed in GGUF: the normalizer Lowercase",
            "{\"type\": \"Lowercase\"}",
            bytes(true)),
        List.of(
            "normalizer: cannot be expressed in GGUF: the normalizer NFKC",
            "{\"type\": \"NFKC\"}",
            bytes(true)),
        List.of(
            "pre_tokenizer cannot be expressed in GGUF: none of its pre-tokenizers splits text like"
                + " Digits, ByteLevel",
            "null",
            sequence(digits, bytes(true))),
        List.of(
            "pre_tokenizer cannot be expressed in GGUF: none of its pre-tokenizers splits text like"
                + " Split '\\p{N}{1,4}| ?\\p{L}+', ByteLevel",
            "null",
            sequence(split("\\p{N}{1,4}| ?\\p{L}+", "Isolated", false), bytes(false))),
        // `{1,3}+` repeats in Ruby's dialect; it is not possessive.
        List.of(
            "pre_tokenizer cannot be expressed in GGUF: none of its pre-tokenizers splits text like"
                + " Split '\\p{N}{1,3}+', ByteLevel",
            "null",
            sequence(split("\\p{N}{1,3}+", "Isolated", false), bytes(true))),
        List.of(
            "pre_tokenizer cannot be expressed in GGUF: add_prefix_space, a space that"
                + " ByteLevel puts before texts",
            "null",
            bytes(true).replace("\"add_prefix_space\": false", "\"add_prefix_space\": true")),
        List.of(
            "pre_tokenizer.pretokenizers[0] cannot be expressed in GGUF: steps after ByteLevel,"
                + " which cut text written in bytes",
            "null",
            twice));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void writeInexpressibleStepThrows(List<String> refusal) throws IOException {
    Tokenizer tokenizer = withSteps(refusal.get(1), refusal.get(2));
    var refused = assertThrows(TokenizerException.class, () -> written(tokenizer, SIZE));
    assertEquals(
        directory.resolve("tokenizer.json")
            + ": "
            + refusal.getFirst().replace("normalizer:", "normalizer")
            + "; use the model as a directory, or give it a tokenizer without that",
        refused.getMessage());
  }

  /// What takes whole words before it merges has another name than what does not, where it matters.
  @ParameterizedTest
  @CsvSource({"true, llama-bpe", "false, dbrx"})
  void writeNameTellsIgnoreMerges(boolean wholeWords, String name) throws IOException {
    String cl100k = dev.fader.tokenizer.pattern.SplitPattern.CL100K.regex();
    withSteps("null", sequence(split(cl100k, "Isolated", false), bytes(false)));
    Path file = directory.resolve("tokenizer.json");
    String json = Files.readString(file);
    json = json.replaceFirst("\\[\"' ?\",\"s\"\\]|\\[\"'\",\"s\"\\]", "[\"a\",\"\u00C3\"]");
    json = json.replace("\"ab\":262", "\"ab\":262,\"a\u00C3\":300,\"xyz\":301");
    json = json.replaceFirst("\"ignore_merges\":false", "\"ignore_merges\":" + wholeWords);
    Files.writeString(file, json);
    assertEquals(name, pre(written(Tokenizer.load(directory), SIZE)));
  }

  @ParameterizedTest
  @CsvSource({"bpe_plain, 420", "unigram, 126", "unigram_bytes, 380", "unigram_identity, 176"})
  void writeSentencePieceModel(String name, int size) throws IOException {
    Files.copy(resource("sentencepiece/" + name + ".model"), directory.resolve("tokenizer.model"));
    var before = Tokenizer.load(directory);
    Path cases = resource("sentencepiece/" + name + ".cases.json");
    var after = read(written(before, size));
    for (JsonNode expected : JsonMapper.shared().readTree(Files.readAllBytes(cases))) {
      String text = expected.get("text").stringValue();
      assertArrayEquals(before.encode(text), after.encode(text), expected::toString);
    }
  }

  /// The spaces that Metaspace puts before texts are not those of llama.cpp; a reader here knows.
  @ParameterizedTest
  @ValueSource(strings = {"always", "first", "never"})
  void writeMetaspaceThenRead(String scheme) throws IOException {
    Files.writeString(
        directory.resolve("tokenizer.json"),
        """
        {"added_tokens": [{"id": 0, "content": "<unk>", "special": true, "normalized": false},
           {"id": 1, "content": "<s>", "special": true, "normalized": false}],
         "normalizer": null,
         "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "%s",
           "split": false},
         "decoder": {"type": "Sequence", "decoders": [
           {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
           {"type": "Fuse"}%s]},
         "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": false,
           "vocab": {"<unk>": 0, "<s>": 1, "\u2581": 2, "a": 3, "b": 4, "ab": 5, "\u2581a": 6,
             "\u2581ab": 7},
           "merges": ["a b", "\u2581 a", "\u2581 ab", "\u2581a b"]}}
        """
            .formatted(
                scheme,
                scheme.equals("never")
                    ? ""
                    : ", {\"type\": \"Strip\", \"content\": \" \", \"start\": 1, \"stop\": 0}"));
    var before = Tokenizer.load(directory);
    assertSameIds(before, read(written(before, 8)), scheme);
  }

  /// Scores would merge `a` with `bc`, too.
  @Test
  void writeMergesBeyondScoresThrows() throws IOException {
    Files.writeString(
        directory.resolve("tokenizer.json"),
        """
        {"normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
         "decoder": {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
         "model": {"type": "BPE", "unk_token": "u", "fuse_unk": true,
           "vocab": {"u": 0, "a": 1, "b": 2, "c": 3, "ab": 4, "bc": 5, "abc": 6},
           "merges": ["b c", "a b", "ab c"]}}
        """);
    var tokenizer = Tokenizer.load(directory);
    var refused = assertThrows(TokenizerException.class, () -> written(tokenizer, 7));
    assertTrue(
        refused
            .getMessage()
            .contains(
                "model.merges cannot be expressed in GGUF: that 'a' and 'bc' do not merge although"
                    + " together they are a piece"),
        refused.getMessage());
  }

  /// A space that a token swallows is in no flag of the file.
  @Test
  void writeStrippingTokenThrows() throws IOException {
    Tokenizer plain = read(bytePairs("gpt-2"));
    plain.save(directory);
    Path file = directory.resolve("tokenizer.json");
    String json = Files.readString(file);
    Files.writeString(
        file,
        json.replace(
            "\"added_tokens\":[]",
            "\"added_tokens\":[{\"id\":300,\"content\":\"<x>\",\"lstrip\":true,\"special\":true}]"));
    var tokenizer = Tokenizer.load(directory);
    var refused = assertThrows(TokenizerException.class, () -> written(tokenizer, SIZE));
    assertTrue(
        refused.getMessage().contains("looks for the added token '<x>' in a way"),
        refused.getMessage());
  }

  /// "é" is the letter of the byte E9: as a token of its own in the file, the byte would be lost.
  @Test
  void writeTokenOverByteThrows() throws IOException {
    Tokenizer plain = read(bytePairs("gpt-2"));
    plain.save(directory);
    Path file = directory.resolve("tokenizer.json");
    String json = Files.readString(file);
    int id = plain.id("\u00E9").orElseThrow();
    Files.writeString(
        file,
        json.replace(
            "\"added_tokens\":[]",
            "\"added_tokens\":[{\"id\":%d,\"content\":\"\u00E9\",\"special\":false}]"
                .formatted(id)));
    var tokenizer = Tokenizer.load(directory);
    var refused = assertThrows(TokenizerException.class, () -> written(tokenizer, SIZE));
    assertTrue(
        refused.getMessage().contains("when it is read back from a GGUF file"),
        refused.getMessage());
  }
}
