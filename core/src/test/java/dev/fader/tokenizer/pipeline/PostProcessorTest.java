package dev.fader.tokenizer.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.GgufMetadataBuilder;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.tokenizer.error.TokenizerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What stands before and after a text, wherever a file says so.
final class PostProcessorTest {
  private static final int BEGIN = 257;
  private static final int END = 258;
  private static final String NAMES = "\"bos_token\": \"<s>\", \"eos_token\": \"</s>\"";

  @TempDir Path directory;

  record Kind(String processor, String config, List<Integer> before, List<Integer> after) {}

  private static String special(String name) {
    return "{\"SpecialToken\": {\"id\": \"%s\", \"type_id\": 0}}".formatted(name);
  }

  private static String template(String before, String after) {
    return ("{\"type\": \"TemplateProcessing\", \"single\": ["
            + (before.isEmpty() ? "" : special(before) + ", ")
            + "{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}"
            + (after.isEmpty() ? "" : ", " + special(after))
            + "], \"special_tokens\": {")
        + "\"<s>\": {\"id\": \"<s>\", \"ids\": [257], \"tokens\": [\"<s>\"]},"
        + "\"</s>\": {\"id\": \"</s>\", \"ids\": [258], \"tokens\": [\"</s>\"]}}}";
  }

  private static String pair(String type) {
    return "{\"type\": \"%s\", \"sep\": [\"</s>\", 258], \"cls\": [\"<s>\", 257]}".formatted(type);
  }

  static List<Kind> kinds() {
    var none = List.<Integer>of();
    var begin = List.of(BEGIN);
    var end = List.of(END);
    var offsets = "{\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"trim_offsets\": true}";
    return List.of(
        new Kind("null", "{}", none, none),
        new Kind(offsets, "{" + NAMES + "}", none, none),
        new Kind(template("<s>", ""), "{}", begin, none),
        new Kind(template("", "</s>"), "{}", none, end),
        new Kind(template("<s>", "</s>"), "{}", begin, end),
        new Kind(
            "{\"type\": \"Sequence\", \"processors\": [%s, %s]}"
                .formatted(offsets, template("<s>", "")),
            "{" + NAMES + "}",
            begin,
            none),
        new Kind(pair("RobertaProcessing"), "{}", begin, end),
        new Kind(pair("BertProcessing"), "{}", begin, end),
        // The flags count where the post-processor is silent.
        new Kind("null", "{\"add_bos_token\": true, " + NAMES + "}", begin, none),
        new Kind("null", "{\"add_eos_token\": true, " + NAMES + "}", none, end),
        new Kind(
            offsets,
            "{\"add_bos_token\": true, \"add_eos_token\": true, " + NAMES + "}",
            begin,
            end),
        new Kind("null", "{\"add_bos_token\": true}", none, none),
        // They do not double it, nor take away what it says: transformers 5 reads them only where
        // there is no tokenizer.json.
        new Kind(template("<s>", ""), "{\"add_bos_token\": true, " + NAMES + "}", begin, none),
        new Kind(template("<s>", ""), "{\"add_bos_token\": false, " + NAMES + "}", begin, none));
  }

  private Tokenizer load(Kind kind) throws IOException {
    Tokenizer.bytes().save(directory);
    var file = directory.resolve("tokenizer.json");
    var added =
        "\"added_tokens\":[{\"id\":257,\"content\":\"<s>\",\"special\":true},{\"id\":258,\"content\":\"</s>\",\"special\":true},";
    Files.writeString(
        file,
        Files.readString(file)
            .replace("\"added_tokens\":[", added)
            .replace("\"post_processor\":null", "\"post_processor\":" + kind.processor));
    Files.writeString(directory.resolve("tokenizer_config.json"), kind.config);
    return Tokenizer.load(directory);
  }

  private static int[] array(List<Integer> ids) {
    return ids.stream().mapToInt(id -> id).toArray();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void specialTokensSurviveGguf(Kind kind) throws IOException {
    var tokenizer = load(kind);
    int[] text = tokenizer.encode("ab");
    assertArrayEquals(new int[] {'a', 'b'}, text);
    var fields = new GgufMetadataBuilder().text("general.architecture", "llama");
    tokenizer.describe(fields, tokenizer.vocabularySize());
    var read = Tokenizer.of(fields.metadata(Path.of("a.gguf")));
    var folder = directory.resolve("saved");
    read.save(folder);
    for (var known : List.of(tokenizer, read, Tokenizer.load(folder))) {
      assertArrayEquals(array(kind.before), known.prefixTokens());
      assertArrayEquals(array(kind.after), known.suffixTokens());
      int[] begun = known.withPrefixTokens(text);
      assertEquals(kind.before.size() + 2, begun.length);
      assertEquals('b', begun[begun.length - 1]);
      assertEquals(begun.length + kind.after.size(), known.withSpecialTokens(text).length);
    }
  }

  /// The configuration of the model may name another token: the tokenizer knows its own.
  @Test
  void describeWritesPrefixToken() throws IOException {
    var tokenizer = load(new Kind(template("<s>", ""), "{}", List.of(BEGIN), List.of()));
    var fields =
        new GgufMetadataBuilder()
            .text("general.architecture", "llama")
            .uint32("tokenizer.ggml.bos_token_id", 1);
    tokenizer.describe(fields, tokenizer.vocabularySize());
    assertArrayEquals(
        new int[] {BEGIN}, Tokenizer.of(fields.metadata(Path.of("a.gguf"))).prefixTokens());
  }

  @Test
  void describeTwoPrefixTokensThrows() throws IOException {
    var processor =
        template("<s>", "").replace(special("<s>"), special("<s>") + ", " + special("</s>"));
    var tokenizer = load(new Kind(processor, "{}", List.of(), List.of()));
    assertArrayEquals(new int[] {BEGIN, END}, tokenizer.prefixTokens());
    var fields = new GgufMetadataBuilder().text("general.architecture", "llama");
    var refused =
        assertThrows(
            TokenizerException.class, () -> tokenizer.describe(fields, tokenizer.vocabularySize()));
    assertTrue(refused.getMessage().contains("2 tokens before every text"), refused.getMessage());
  }

  @Test
  void createdTokenizersAddNoSpecialTokens() {
    for (var tokenizer : List.of(Tokenizer.bytes(), Tokenizer.characters(List.of("some text")))) {
      assertEquals(0, tokenizer.prefixTokens().length);
      assertEquals(0, tokenizer.suffixTokens().length);
    }
  }

  @Test
  void fingerprintDependsOnFlags() throws IOException {
    var without = load(new Kind("null", "{" + NAMES + "}", List.of(), List.of())).fingerprint();
    var with =
        load(new Kind("null", "{\"add_bos_token\": true, " + NAMES + "}", List.of(), List.of()))
            .fingerprint();
    assertTrue(!without.equals(with));
  }
}
