package dev.fader.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.tokenizer.error.TokenizerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is wrong in a file is said in one line with the file's name and the field's.
final class HostileTokenizerFileTest {
  private static final String GOOD =
      """
      {"added_tokens": [{"id": 4, "content": "<s>", "special": true}],
       "normalizer": {"type": "NFC"},
       "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
       "post_processor": {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
         "special_tokens": {"<s>": {"ids": [4]}}},
       "decoder": {"type": "ByteLevel"},
       "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "abb": 3},
         "merges": ["a b", ["ab", "b"]]}}
      """;

  @TempDir Path directory;

  @Test
  void loadValidFile() throws IOException {
    Tokenizer tokenizer = load(GOOD);
    assertEquals(5, tokenizer.vocabularySize());
    int[] ids = tokenizer.withSpecialTokens(tokenizer.encode("abbab"));
    assertEquals("[4, 3, 2]", java.util.Arrays.toString(ids));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"ab\": 2| \"ab\": 900000000| model.vocab['ab'] is 900000000, not a whole number from 0 to",
        "\"ab\": 2| \"ab\": -1| model.vocab['ab'] is -1, not a whole number from 0 to",
        "\"ab\": 2| \"ab\": 2.5| model.vocab['ab'] is 2.5, not a whole number from 0 to",
        "\"ab\": 2| \"ab\": \"2\"| model.vocab['ab'] is \"2\", not a whole number from 0 to",
        "\"ab\": 2| \"ab\": 1| the file has two pieces with id 1 in model.vocab: 'b' and 'ab'",
        "\"ab\": 2| \"a\": 2| not valid JSON at line 8",
        "\"id\": 4| \"id\": 3| the file has two pieces with id 3 in added_tokens: 'abb' and '<s>'",
        "\"a b\"| \"a c\"| model.merges[0] names 'c', which is not in the vocabulary",
        "\"a b\"| \"b b\"| model.merges[0] names 'bb', which is not in the vocabulary",
        "\"a b\"| \"ab\"| model.merges[0] is 'ab', not two pieces with a space between",
        "[\"ab\", \"b\"]| [\"ab\"]| model.merges[1] is not two pieces",
        "[\"ab\", \"b\"]| {\"ab\": 1, \"b\": 2}| model.merges[1] is not two pieces",
        "\"NFC\"| \"Nmz\"| normalizer.type is 'Nmz', which is not supported",
        "\"BPE\"| \"Trigram\"| model.type is 'Trigram', which is not supported",
        "\"BPE\"| \"Unigram\"| model.vocab is an object, not an array",
        "\"decoder\": {\"type\": \"ByteLevel\"}| \"decoder\": 7| decoder is 7, not an object",
        "[4]}}}| [5]}}}| post_processor.special_tokens.<s>.ids[0] is 5, not a whole number from 0 to 4",
        "{\"type\": \"ByteLevel\", \"add_prefix_space\": false}| {\"type\": \"Split\", \"behavior\": \"Isolated\", \"pattern\": {\"Regex\": \"(a+)\\\\1\"}}| pre_tokenizer.pattern.Regex is a regular expression that Fader does not follow: it uses \\1 at character 6: (a+)\\1",
      })
  void loadInvalidFileNamesFault(String what, String with, String message) throws IOException {
    assertTrue(GOOD.contains(what), what);
    var fault = assertThrows(TokenizerException.class, () -> load(GOOD.replace(what, with)));
    String start = directory.resolve("tokenizer.json") + ": ";
    assertTrue(fault.getMessage().startsWith(start + message), fault.getMessage());
    assertEquals(1, fault.getMessage().lines().count());
  }

  @Test
  void loadDeepNestingThrows() {
    String deep = "{\"normalizer\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
    var fault = assertThrows(TokenizerException.class, () -> load(deep));
    assertTrue(
        fault
            .getMessage()
            .endsWith(
                ": not valid JSON: Document nesting depth (65) exceeds the maximum allowed (64)"),
        fault.getMessage());
  }

  @Test
  void loadConfigWithUnknownTokenThrows() throws IOException {
    Files.writeString(directory.resolve("tokenizer_config.json"), "{\"eos_token\": \"</x>\"}");
    var fault = assertThrows(TokenizerException.class, () -> load(GOOD));
    assertTrue(
        fault.getMessage().endsWith("eos_token is '</x>', which tokenizer.json does not have"),
        fault.getMessage());
  }

  @Test
  void loadTruncatedFileThrows() {
    for (int length = 0; length < GOOD.length() - 2; length++) {
      String truncated = GOOD.substring(0, length);
      assertThrows(TokenizerException.class, () -> load(truncated), truncated);
    }
  }

  @Test
  void loadFlippedBitIsSafe() throws IOException {
    var random = new Random(3);
    byte[] good = GOOD.getBytes(StandardCharsets.UTF_8);
    for (int at = 0; at < good.length; at++) {
      byte[] flipped = good.clone();
      flipped[at] ^= (byte) (1 << random.nextInt(8));
      endsWell(flipped);
    }
  }

  @Test
  void loadRandomChangesIsSafe() throws IOException {
    var random = new Random(5);
    byte[] good = GOOD.getBytes(StandardCharsets.UTF_8);
    for (int round = 0; round < 500; round++) {
      byte[] changed = good.clone();
      for (int change = 0; change < 4; change++) {
        int from = random.nextInt(good.length);
        int to = random.nextInt(good.length);
        int length = random.nextInt(Math.min(12, good.length - Math.max(from, to)) + 1);
        System.arraycopy(good, from, changed, to, length);
      }
      endsWell(changed);
    }
  }

  private void endsWell(byte[] json) throws IOException {
    Files.write(directory.resolve("tokenizer.json"), json);
    try {
      Tokenizer tokenizer = Tokenizer.load(directory);
      tokenizer.decode(tokenizer.encode("abbab"));
      tokenizer.fingerprint();
    } catch (TokenizerException expected) {
      assertEquals(1, expected.getMessage().lines().count(), expected.getMessage());
    }
  }

  private Tokenizer load(String json) throws IOException {
    Files.writeString(directory.resolve("tokenizer.json"), json);
    return Tokenizer.load(directory);
  }
}
