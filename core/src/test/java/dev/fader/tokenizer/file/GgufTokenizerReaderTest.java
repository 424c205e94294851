package dev.fader.tokenizer.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.DurableFile;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.tokenizer.SpecialTokens;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.tokenizer.error.TokenizerException;
import dev.fader.tokenizer.model.ByteAlphabet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Vocabularies of a few pieces, with the ids that llama.cpp's rules give by hand.
final class GgufTokenizerReaderTest {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final int NORMAL = 1;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;

  @TempDir Path directory;

  private Tokenizer load(GgufMetadataBuilder fields) throws IOException {
    Path file = directory.resolve("vocabulary.gguf");
    DurableFile.write(file, new GgufContent(fields, List.of()));
    return Tokenizer.load(file);
  }

  /// All bytes and, with ids from 256 on, what they merge to.
  private static GgufMetadataBuilder bytePairs(String pre, String... merges) {
    var tokens = new ArrayList<String>();
    for (int value = 0; value < 256; value++) {
      tokens.add(ByteAlphabet.write(new byte[] {(byte) value}));
    }
    for (String merge : merges) {
      tokens.add(merge.replace(" ", ""));
    }
    return new GgufMetadataBuilder()
        .text(PREFIX + "model", "gpt2")
        .text(PREFIX + "pre", pre)
        .strings(PREFIX + "tokens", tokens)
        .strings(PREFIX + "merges", List.of(merges));
  }

  @Test
  void everyPreTokenizerKeepsText() throws IOException {
    String text =
        "I'll see 1234567 caf\u00E9s,  `x`=\u4E2D\u6587 \u3042\uAC00\u0E01\r\n\n\t \uD83D\uDE00 HTTPServer!/ ";
    for (String name : GgufPreTokenizer.names().split(", ")) {
      Tokenizer tokenizer = load(bytePairs(name, "a b"));
      assertEquals(text, tokenizer.decode(tokenizer.encode(text)), name);
    }
  }

  @Test
  void preTokenizerGroupsDigits() throws IOException {
    String[] merges = {"1 2", "2 3", "12 3", "3 4", "23 4"};
    assertArrayEquals(new int[] {258, '4'}, load(bytePairs("llama-bpe", merges)).encode("1234"));
    assertArrayEquals(new int[] {'1', 260}, load(bytePairs("afmoe", merges)).encode("1234"));
    assertArrayEquals(new int[] {'1', 260}, load(bytePairs("tiny_aya", merges)).encode("1234"));
    assertArrayEquals(
        new int[] {'1', '2', '3', '4'}, load(bytePairs("mellum2", merges)).encode("1234"));
  }

  @Test
  void mergesOfUnknownPiecesAreSkipped() throws IOException {
    String sixtyFour = "b".repeat(64); // longer than what is read at once at first
    var fields = bytePairs("default", "a a", "aa a");
    var tokenizer =
        load(fields.strings(PREFIX + "merges", List.of(sixtyFour + " a", "a q", "a a", "aa a")));
    assertArrayEquals(new int[] {257}, tokenizer.encode("aaa"));
  }

  @Test
  void mergeWithoutSpaceIsRefused() {
    var refused =
        assertThrows(TokenizerException.class, () -> load(bytePairs("default", "a b", "ab")));
    assertTrue(
        String.valueOf(refused.getMessage())
            .endsWith("tokenizer.ggml.merges has 'ab' at 1, not two pieces with a space between"),
        refused::getMessage);
  }

  @Test
  void defaultPreTokenizerSplitsGraveAccent() throws IOException {
    // ` ?[^\s\p{L}\p{N}]+` takes the space; falcon's first expression has cut the accent off.
    assertArrayEquals(new int[] {256}, load(bytePairs("default", "\u0120 `")).encode(" `"));
    assertArrayEquals(new int[] {' ', '`'}, load(bytePairs("falcon", "\u0120 `")).encode(" `"));
  }

  private static GgufMetadataBuilder bert() {
    return new GgufMetadataBuilder()
        .text(PREFIX + "model", "bert")
        .strings(
            PREFIX + "tokens",
            List.of("[UNK]", "[CLS]", "[SEP]", "\u2581caf\u00E9", "\u2581cafe", "s", "\u2581Cafe"))
        .uint32(PREFIX + "unknown_token_id", 0)
        .uint32(PREFIX + "bos_token_id", 1)
        .uint32(PREFIX + "seperator_token_id", 2);
  }

  @Test
  void bertReadsNormalizerFlags() throws IOException {
    assertArrayEquals(new int[] {6}, load(bert()).encode("Cafe"), "a cased vocabulary");
    var lower = bert().bool(PREFIX + "normalizer.lowercase", true);
    assertArrayEquals(new int[] {4, 5}, load(lower).encode("CAF\u00C9s"));
    var accents = lower.bool(PREFIX + "normalizer.strip_accents", false);
    assertArrayEquals(new int[] {3, 5}, load(accents).encode("CAF\u00C9s"));
    assertArrayEquals(new int[] {1, 2}, load(lower).withSpecialTokens(new int[0]));
  }

  private static GgufMetadataBuilder sentencePieces(String name, int endType) {
    return new GgufMetadataBuilder()
        .text("general.name", name)
        .text(PREFIX + "model", "llama")
        .strings(PREFIX + "tokens", List.of("<unk>", "<s>", "</s>", "<u>", "\u2581", "a"))
        .int32s(
            PREFIX + "token_type", new int[] {2, CONTROL, endType, USER_DEFINED, NORMAL, NORMAL})
        .float32s(PREFIX + "scores", new float[] {0, 0, 0, 0, -1, -2});
  }

  @Test
  void phi3TokensStripRight() throws IOException {
    Tokenizer phi = load(sentencePieces("Phi-3-mini", CONTROL));
    assertArrayEquals(new int[] {3, 4, 5}, phi.encode("<u>  a"));
    assertArrayEquals(new int[] {1, 4, 4, 4, 5}, phi.encode("<s>  a", SpecialTokens.AS_TOKENS));
    Tokenizer plain = load(sentencePieces("plain", CONTROL));
    assertArrayEquals(new int[] {3, 4, 4, 4, 5}, plain.encode("<u>  a"));
  }

  @Test
  void endOfTurnTokensAreControlTokens() throws IOException {
    Tokenizer tokenizer = load(sentencePieces("plain", NORMAL));
    assertArrayEquals(new int[] {2}, tokenizer.encode("</s>", SpecialTokens.AS_TOKENS));
    int[] text = tokenizer.encode("</s>", SpecialTokens.AS_TEXT);
    assertArrayEquals(new int[] {4, 0}, text, "a space, and a run that is unknown");
  }

  @Test
  void maskTokenStripsLeft() throws IOException {
    GgufMetadataBuilder fields = bytePairs("jina-v2-code", "a b");
    var tokens = new ArrayList<String>();
    for (int value = 0; value < 256; value++) {
      tokens.add(ByteAlphabet.write(new byte[] {(byte) value}));
    }
    tokens.add("<mask>");
    var types = new int[257];
    java.util.Arrays.fill(types, NORMAL);
    types[256] = CONTROL;
    fields.strings(PREFIX + "tokens", tokens).int32s(PREFIX + "token_type", types);
    assertArrayEquals(
        new int[] {'a', 256}, load(fields).encode("a <mask>", SpecialTokens.AS_TOKENS));
  }
}
