package dev.fader.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Token files from strangers: whatever is wrong with one, it is refused in one line.
class TokenFileTest {
  private static final int VERSION = 8;
  private static final int LAYOUT = 12;
  private static final int TOKENS = 16;
  private static final int DOCUMENTS = 24;
  private static final int VOCABULARY = 40;
  private static final int BEFORE = 112;
  private static final int INDEX = 116;

  @TempDir Path folder;
  private Path file;
  private byte[] whole; // documents of 3 and 2 tokens

  @BeforeEach
  void makeFile() throws IOException {
    var bench = new Workbench(folder);
    var name = bench.write("a.jsonl", "{\"ids\": [1, 2, 3]}\n{\"ids\": [4, 5]}\n");
    bench.dataset(Encoder.ofIds(300), 0.1, name).close();
    try (var files = Files.newDirectoryStream(bench.cache(), "training-*")) {
      file = files.iterator().next();
    }
    whole = Files.readAllBytes(file);
    assertEquals(INDEX + 2 * 8 + 5 * 2 + 4, whole.length);
  }

  @Test
  void readFromClosedFileThrows() {
    var tokens = TokenFile.open(file);
    tokens.close();
    tokens.close();
    var closed = assertThrows(IllegalStateException.class, () -> tokens.copy(0, new int[1], 0, 1));
    assertEquals(
        "the token file %s is closed: open it again to read from it".formatted(file),
        closed.getMessage());
  }

  private String error(byte[] contents) throws IOException {
    Files.write(file, contents);
    var message =
        assertThrows(DataException.class, () -> TokenFile.open(file).close()).getMessage();
    var start = file + ": damaged token file: ";
    assertTrue(message.startsWith(start), message);
    return message.substring(start.length()).replace("; delete it and it is made again", "");
  }

  /// The file with another number in it, and a checksum that agrees with that.
  private byte[] forged(int offset, long value, int bytes) {
    var forged = whole.clone();
    var buffer = ByteBuffer.wrap(forged).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes == Long.BYTES) {
      buffer.putLong(offset, value);
    } else if (bytes == Integer.BYTES) {
      buffer.putInt(offset, (int) value);
    } else {
      buffer.putShort(offset, (short) value);
    }
    buffer.putInt(forged.length - 4, checksum(forged));
    return forged;
  }

  private static int checksum(byte[] bytes) {
    var checksum = new CRC32C();
    checksum.update(bytes, 0, bytes.length - 4);
    return (int) checksum.getValue();
  }

  @Test
  void everyTruncationIsDetected() throws IOException {
    for (int length = 0; length < whole.length; length++) {
      error(Arrays.copyOf(whole, length));
    }
    assertEquals("0 bytes are less than a header", error(new byte[0]));
    assertEquals(
        "145 bytes do not hold its 5 tokens in 2 documents", error(Arrays.copyOf(whole, 145)));
    assertEquals(
        "147 bytes do not hold its 5 tokens in 2 documents", error(Arrays.copyOf(whole, 147)));
  }

  @Test
  void everyAlteredByteIsDetected() throws IOException {
    for (int i = 0; i < whole.length; i++) {
      var altered = whole.clone();
      altered[i] ^= 0x10;
      error(altered);
    }
  }

  @Test
  void headerCountsAreCheckedAgainstFileSize() throws IOException {
    for (long hostile : new long[] {6, 1L << 40, Long.MAX_VALUE, Long.MAX_VALUE / 2 + 1}) {
      assertTrue(error(forged(TOKENS, hostile, 8)).contains("bytes do not hold its"));
      assertTrue(error(forged(DOCUMENTS, hostile, 8)).contains("bytes do not hold its"));
    }
    assertEquals("a number of its header is out of range", error(forged(TOKENS, -1, 8)));
    assertEquals("a number of its header is out of range", error(forged(DOCUMENTS, -1, 8)));
    assertEquals("a number of its header is out of range", error(forged(LAYOUT, 9, 4)));
    assertEquals("a number of its header is out of range", error(forged(VOCABULARY, 0, 4)));
    assertEquals("it begins windows with -1 tokens", error(forged(BEFORE, -1, 4)));
    assertEquals("it begins windows with 65 tokens", error(forged(BEFORE, 65, 4)));
    assertTrue(error(forged(BEFORE, 1 << 30, 4)).contains("it begins windows with"));
    assertEquals("version 7 is not 2", error(forged(VERSION, 7, 4)));
    assertEquals("it is not a token file", error(forged(0, 7, 8)));
  }

  @Test
  void documentsMustBeConsecutive() throws IOException {
    assertEquals("document 1 ends at token 5, before it starts", error(forged(INDEX, 6, 8)));
    assertEquals("document 0 ends at token -1, before it starts", error(forged(INDEX, -1, 8)));
    assertEquals("its documents end at token 4 of 5", error(forged(INDEX + 8, 4, 8)));
  }

  @Test
  void idsOutsideVocabularyThrowOnRead() throws IOException {
    Files.write(file, forged(whole.length - 6, 300, 2));
    try (var tokens = TokenFile.open(file)) {
      tokens.copy(0, new int[4], 0, 4);
      var failure = assertThrows(DataException.class, () -> tokens.copy(4, new int[1], 0, 1));
      assertTrue(failure.getMessage().contains("id 300 is not in its vocabulary of 300"));
    }
  }

  @Test
  void readOutOfRangeThrows() {
    try (var tokens = TokenFile.open(file)) {
      assertThrows(IndexOutOfBoundsException.class, () -> tokens.copy(4, new int[9], 0, 2));
      assertThrows(IndexOutOfBoundsException.class, () -> tokens.copy(-1, new int[9], 0, 2));
      assertThrows(IndexOutOfBoundsException.class, () -> tokens.documentEnd(2));
    }
  }

  @Test
  void noiseIsRefused() throws IOException {
    long seed = 5;
    var random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      var noise = new byte[random.nextInt(400)];
      random.nextBytes(noise);
      if (noise.length >= 8 && i % 2 == 0) {
        System.arraycopy(whole, 0, noise, 0, 8);
      }
      error(noise);
    }
  }

  @Test
  void missingFileIsNamed() {
    var missing = folder.resolve("none.tokens");
    var failure = assertThrows(DataException.class, () -> TokenFile.open(missing).close());
    assertEquals(missing + ": cannot be read: no such file; check the name", failure.getMessage());
  }
}
