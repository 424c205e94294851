package dev.fader.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.tokenizer.error.TokenizerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TokenizerTest {
  private static final List<String> DOCUMENTS =
      List.of(
          "the cat sat on the mat; the cat sat.\r\n\tthe end\n",
          "Füße, 日本語, \uD83D\uDE00 and 12345 o'clock it's <|endoftext|> \0 e\u0301");

  @TempDir Path directory;

  static Stream<Tokenizer> made() {
    return Stream.of(
        Tokenizer.bytes(),
        Tokenizer.characters(DOCUMENTS),
        Tokenizer.trainBytePairs(BytePairTraining.ofSize(300), DOCUMENTS));
  }

  @ParameterizedTest
  @MethodSource("made")
  void encodeThenDecodeGivesText(Tokenizer tokenizer) {
    for (String document : DOCUMENTS) {
      assertEquals(document, tokenizer.decode(tokenizer.encode(document)));
    }
    assertEquals(0, tokenizer.encode("").length);
    assertEquals("", tokenizer.decode(new int[0]));
  }

  @ParameterizedTest
  @MethodSource("made")
  void endOfTextIsLastId(Tokenizer tokenizer) {
    int last = tokenizer.vocabularySize() - 1;
    assertEquals(OptionalInt.of(last), tokenizer.endOfText());
    assertEquals(OptionalInt.of(last), tokenizer.beginOfText());
    assertEquals("<|endoftext|>", tokenizer.piece(last));
  }

  @ParameterizedTest
  @MethodSource("made")
  void encodeSpecialTokensAsTextByDefault(Tokenizer tokenizer) {
    int end = tokenizer.endOfText().getAsInt();
    String text = "the<|endoftext|>cat";
    assertTrue(IntStream.of(tokenizer.encode(text)).noneMatch(id -> id == end));
    int[] ids = tokenizer.encode(text, SpecialTokens.AS_TOKENS);
    assertEquals(1, IntStream.of(ids).filter(id -> id == end).count());
    assertEquals(text, tokenizer.decode(ids));
    assertArrayEquals(ids, tokenizer.withSpecialTokens(ids));
  }

  @ParameterizedTest
  @MethodSource("made")
  void saveThenLoadGivesSameTokenizer(Tokenizer tokenizer) throws IOException {
    tokenizer.save(directory);
    Tokenizer loaded = Tokenizer.load(directory);
    assertEquals(tokenizer.fingerprint(), loaded.fingerprint());
    assertEquals(tokenizer.vocabularySize(), loaded.vocabularySize());
    assertEquals(tokenizer.endOfText(), loaded.endOfText());
    for (String document : DOCUMENTS) {
      assertArrayEquals(tokenizer.encode(document), loaded.encode(document));
    }
    loaded.save(directory.resolve("again"));
    assertEquals(
        -1,
        Files.mismatch(
            directory.resolve("tokenizer.json"), directory.resolve("again/tokenizer.json")));
    assertEquals(
        tokenizer.fingerprint(),
        Tokenizer.load(directory.resolve("again/tokenizer.json")).fingerprint());
  }

  @ParameterizedTest
  @MethodSource("made")
  void decodeUnknownIdThrows(Tokenizer tokenizer) {
    int size = tokenizer.vocabularySize();
    var tooLarge =
        assertThrows(IllegalArgumentException.class, () -> tokenizer.decode(new int[] {0, size}));
    assertEquals(
        "token id %d is not in the vocabulary: ids go from 0 to %d".formatted(size, size - 1),
        tooLarge.getMessage());
    assertThrows(IllegalArgumentException.class, () -> tokenizer.piece(-1));
  }

  @Test
  void bytesGivesByteValues() {
    assertEquals(257, Tokenizer.bytes().vocabularySize());
    assertArrayEquals(new int[] {0xC3, 0xA9, 0x0A, 0}, Tokenizer.bytes().encode("é\n\0"));
  }

  @Test
  void charactersAreOrderedByCodePoint() {
    Tokenizer tokenizer = Tokenizer.characters(List.of("ba", "\uD83D\uDE00\n"));
    assertEquals(5, tokenizer.vocabularySize());
    assertArrayEquals(new int[] {0, 1, 2, 3}, tokenizer.encode("\nab\uD83D\uDE00"));
    assertEquals("a", tokenizer.piece(1));
  }

  @Test
  void encodeUnknownCharacterNamesIndex() {
    Tokenizer tokenizer = Tokenizer.characters(List.of("\uD83D\uDE00abc<|endoftext|>"));
    var unknown = assertThrows(TokenizerException.class, () -> tokenizer.encode("a\uD83D\uDE00é"));
    assertEquals(
        "character 'é' (U+00E9) at index 2 of the text is not in the tokenizer's vocabulary; remove it, or use a tokenizer whose training text has it, or one of bytes or BPE",
        unknown.getMessage());
    var afterSpecial =
        assertThrows(
            TokenizerException.class,
            () -> tokenizer.encode("ab<|endoftext|>\n", SpecialTokens.AS_TOKENS));
    assertTrue(
        afterSpecial.getMessage().startsWith("character (control) (U+000A) at index 15 "),
        afterSpecial.getMessage());
  }

  @Test
  void encodeLoneSurrogateGivesReplacementCharacter() {
    Tokenizer bytes = Tokenizer.bytes();
    assertArrayEquals(bytes.encode("a\uFFFD\uFFFDb"), bytes.encode("a\uDE00\uD83Db"));
    assertArrayEquals(bytes.encode("\uFFFD"), bytes.encode("\uD83D"));
    assertArrayEquals(bytes.encode("\uFFFD\uD83D\uDE00"), bytes.encode("\uD83D\uD83D\uDE00"));
  }

  @Test
  void trainMergesMostFrequentPairFirst() {
    // ab is there 3 times, then abc twice; cd and xy once each are too rare.
    Tokenizer tokenizer =
        Tokenizer.trainBytePairs(BytePairTraining.ofSize(1000), List.of("abcd;abc", "ab", "xy"));
    assertEquals(259, tokenizer.vocabularySize());
    assertEquals("ab", tokenizer.piece(256));
    assertEquals("abc", tokenizer.piece(257));
    assertArrayEquals(new int[] {257, 'd', 256}, tokenizer.encode("abcdab"));
  }

  @Test
  void trainMergesEqualPairsInIdOrder() {
    Tokenizer tokenizer =
        Tokenizer.trainBytePairs(
            BytePairTraining.ofSize(260), List.of("zy", "zy", "ba", "ba", "bc", "bc"));
    assertEquals(
        List.of("ba", "bc", "zy"), IntStream.of(256, 257, 258).mapToObj(tokenizer::piece).toList());
  }

  @Test
  void trainIsDeterministic() {
    var settings = new BytePairTraining(400, 1);
    Tokenizer first = Tokenizer.trainBytePairs(settings, DOCUMENTS);
    Tokenizer second = Tokenizer.trainBytePairs(settings, DOCUMENTS);
    assertEquals(first.fingerprint(), second.fingerprint());
    Tokenizer other = Tokenizer.trainBytePairs(settings, DOCUMENTS.subList(0, 1));
    assertNotEquals(first.fingerprint(), other.fingerprint());
  }

  @Test
  void trainAcceptsLongWords() {
    var random = new Random(13);
    var word = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      word.append((char) ('a' + random.nextInt(4)));
    }
    Tokenizer tokenizer =
        Tokenizer.trainBytePairs(BytePairTraining.ofSize(500), List.of(word.toString()));
    assertEquals(500, tokenizer.vocabularySize());
    assertEquals(word.toString(), tokenizer.decode(tokenizer.encode(word.toString())));
  }

  @Test
  void trainTooSmallVocabularyThrows() {
    var tooSmall = assertThrows(IllegalArgumentException.class, () -> BytePairTraining.ofSize(256));
    assertEquals(
        "a BPE vocabulary of 256 is too small: the 256 bytes and <|endoftext|> need 257",
        tooSmall.getMessage());
    assertEquals(
        257, Tokenizer.trainBytePairs(BytePairTraining.ofSize(257), DOCUMENTS).vocabularySize());
  }

  @Test
  void encodeFromSeveralThreads() {
    Tokenizer tokenizer = Tokenizer.trainBytePairs(BytePairTraining.ofSize(300), DOCUMENTS);
    List<String> texts =
        IntStream.range(0, 2000).mapToObj(i -> "the cat " + i * 7919 + " sat on " + i).toList();
    List<String> alone = texts.stream().map(tokenizer::encode).map(tokenizer::decode).toList();
    Tokenizer shared = Tokenizer.trainBytePairs(BytePairTraining.ofSize(300), DOCUMENTS);
    assertEquals(texts, alone);
    assertEquals(texts, texts.parallelStream().map(shared::encode).map(shared::decode).toList());
  }

  @Test
  void encodeRandomTextThenDecode() {
    long seed = 20260711;
    var random = new Random(seed);
    Tokenizer tokenizer = Tokenizer.trainBytePairs(BytePairTraining.ofSize(300), DOCUMENTS);
    for (int length : new int[] {1, 7, 13, 31, 33, 100, 1000}) {
      int[] codePoints =
          random
              .ints(0, Character.MAX_CODE_POINT + 1)
              .filter(c -> c > 0xFFFF || !Character.isSurrogate((char) c))
              .limit(length)
              .toArray();
      String text = new String(codePoints, 0, length);
      int[] ids = tokenizer.encode(text);
      assertEquals(text, tokenizer.decode(ids), "seed " + seed + ", length " + length);
    }
  }

  @Test
  void bytesOfPieces() {
    Tokenizer tokenizer = Tokenizer.bytes();
    assertEquals("Ġ", tokenizer.piece(' '));
    assertArrayEquals(new byte[] {' '}, tokenizer.bytes(' '));
    assertArrayEquals("<|endoftext|>".getBytes(StandardCharsets.UTF_8), tokenizer.bytes(256));
    assertEquals(OptionalInt.of(' '), tokenizer.id("Ġ"));
    assertEquals(OptionalInt.empty(), tokenizer.id("nothing"));
  }

  @Test
  void loadMissingFileNamesIt() {
    var missing =
        assertThrows(NoSuchFileException.class, () -> Tokenizer.load(directory.resolve("no")));
    assertEquals(
        directory.resolve("no") + ": no tokenizer here; give a tokenizer.json or its directory",
        missing.getMessage());
  }
}
