package dev.fader.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files that are truncated, altered or made up: each opens or gives one [FormatException].
final class HostileSafetensorsTest {
  private static final String TWO_TENSORS =
      """
      {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},\
      "\u00e9":{"dtype":"BF16","shape":[3],"data_offsets":[8,14]}}\
      """;

  /// What parsing a header of a few hundred bytes may allocate: Jackson's buffers and the entries.
  private static final long ALLOWANCE = 1 << 20;

  @TempDir Path directory;

  @Test
  void completeFileOpens() throws IOException {
    assertTrue(opens(file(TWO_TENSORS, 14)));
  }

  @Test
  void truncationIsRefused() throws IOException {
    byte[] whole = file(TWO_TENSORS, 14);
    for (int length = 0; length < whole.length; length++) {
      assertFalse(opens(Arrays.copyOf(whole, length)), "opened with " + length + " bytes");
    }
  }

  @Test
  void extensionIsRefused() throws IOException {
    byte[] whole = file(TWO_TENSORS, 14);
    assertFalse(opens(Arrays.copyOf(whole, whole.length + 1)));
  }

  @Test
  void flippedBitOpensOrIsRefused() throws IOException {
    byte[] whole = file(TWO_TENSORS, 14);
    int refused = 0;
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      boolean opened = opens(flipped);
      assertTrue(bit >= 64 || !opened, "opened with another header length, bit " + bit);
      refused += opened ? 0 : 1;
    }
    // Flips in the data and in names and texts leave a file that is consistent; others do not.
    assertTrue(refused > 4 * TWO_TENSORS.length(), refused + " were refused");
  }

  @Test
  void randomBytesAreRefused() throws IOException {
    long seed = 20261122;
    var random = RandomGenerator.of("L64X128MixRandom");
    for (int i = 0; i < 200; i++) {
      byte[] bytes = new byte[random.nextInt(100)];
      random.nextBytes(bytes);
      if (bytes.length > 8) {
        Arrays.fill(bytes, 1, 8, (byte) 0);
      }
      assertFalse(opens(bytes), "seed " + seed + ": " + Arrays.toString(bytes));
    }
  }

  @Test
  void hugeLengthsAllocateNothing() throws IOException {
    byte[] hundredMegabytes = file(TWO_TENSORS, 14);
    ByteBuffer.wrap(hundredMegabytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 100_000_000);
    byte[] negative = file(TWO_TENSORS, 14);
    ByteBuffer.wrap(negative).order(ByteOrder.LITTLE_ENDIAN).putLong(0, -1);
    byte[] hugeShape = file(TWO_TENSORS.replace("[2,1]", "[2147483647,2147483647]"), 14);
    byte[] deep = file("{\"a\":" + "[".repeat(2000), 0);
    for (byte[] bytes : new byte[][] {hundredMegabytes, negative, hugeShape, deep}) {
      assertFalse(opens(bytes));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'a':{'dtype':'F32','shape':[0],'data_offsets':[8,8]}} | broken JSON: Duplicate Object property \"a\"",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | tensor 'b': overlaps the tensor before it",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | tensor 'a': follows 4 bytes that belong to no tensor",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 4 bytes follow the last tensor",
        "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,12]}} | tensor 'a': ends at byte 12 of the data, which has 8: the file is truncated",
        "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}} | tensor 'a': F32 of shape [3] takes 12 bytes, and data_offsets [0, 8] give it 8",
        "{'a':{'dtype':'F4','shape':[3],'data_offsets':[0,8]}} | tensor 'a': F4 of shape [3] cannot be stored",
        "{'a':{'dtype':'F33','shape':[2],'data_offsets':[0,8]}} | tensor 'a': unknown dtype 'F33'; known are [BOOL, F4,",
        "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | tensor 'a': shape holds '-2', which is not a size",
        "{'a':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}} | tensor 'a': shape holds '2.0', which is not a size",
        "{'a':{'dtype':'F32','shape':[99999999999999999999],'data_offsets':[0,8]}} | tensor 'a': shape holds '99999999999999999999', which is not a size",
        "{'a':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,8]}} | tensor 'a': shape [4294967296, 4294967296] is too large",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | tensor 'a': data_offsets [8, 0] are not a valid begin and end",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}} | tensor 'a': data_offsets [0] are not a valid begin and end",
        "{'a':{'dtype':'F32','shape':[2]}} | tensor 'a': data_offsets is missing",
        "{'a':{'dtype':'F32','data_offsets':[0,8]}} | tensor 'a': shape is missing",
        "{'a':{'shape':[2],'data_offsets':[0,8]}} | tensor 'a': dtype is missing",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'x':1}} | tensor 'a': unknown field 'x'",
        "{'a':7} | a: a JSON object is needed here",
        "{'__metadata__':{'a':7}} | __metadata__: a JSON string is needed here",
        "{} {} | the header: more JSON follows its object",
        "[] | no JSON object begins here: this is not a safetensors file",
        "{'a':[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ | a: a JSON object is needed here",
      })
  void contradictionIsNamedInOneLine(String header, String problem) throws IOException {
    Path path = directory.resolve("hostile.safetensors");
    Files.write(path, file(header.replace('\'', '"'), 8));
    var refused = assertThrows(FormatException.class, () -> TensorFile.open(path).close());
    String message = refused.getMessage();
    assertTrue(message.startsWith(path + ": " + problem), message);
    assertEquals(1, message.lines().count(), message);
  }

  @Test
  void invalidUtf8HasOffset() throws IOException {
    byte[] bytes = file(TWO_TENSORS, 14);
    int place = new String(bytes, StandardCharsets.ISO_8859_1).indexOf('\u00c3');
    bytes[place + 1] = 'x';
    Path path = directory.resolve("hostile.safetensors");
    Files.write(path, bytes);
    var refused = assertThrows(FormatException.class, () -> TensorFile.open(path));
    assertEquals(path + ": this is not UTF-8 (at byte " + place + ")", refused.getMessage());
    assertEquals(place, refused.offset().orElseThrow());
    assertEquals(path, refused.file());
  }

  /// Whether the file opens; fails where it ends otherwise than with a [FormatException], or takes
  /// more memory than its size accounts for.
  private boolean opens(byte[] bytes) throws IOException {
    return new HostileFile(directory.resolve("hostile.safetensors"), ALLOWANCE)
        .opens(
            bytes,
            path -> {
              try (var file = TensorFile.open(path)) {
                return !file.names().isEmpty();
              }
            });
  }

  private static byte[] file(String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }
}
