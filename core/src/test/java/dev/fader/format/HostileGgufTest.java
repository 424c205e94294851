package dev.fader.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Files that are truncated, altered or made up: each opens or gives one [FormatException].
final class HostileGgufTest {
  /// What parsing a header of a few hundred bytes may allocate: entries, names and the mapping.
  private static final long ALLOWANCE = 1 << 18;

  @TempDir Path directory;

  @Test
  void truncationIsRefused() throws IOException {
    byte[] whole = GgufFileTest.everyType(3).bytes();
    assertTrue(opens(whole));
    for (int length = 0; length < whole.length; length++) {
      assertFalse(opens(Arrays.copyOf(whole, length)), "opened with " + length + " bytes");
    }
  }

  @Test
  void flippedBitOpensOrIsRefused() throws IOException {
    byte[] whole = GgufFileTest.everyType(3).bytes();
    int refused = 0;
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      refused += opens(flipped) ? 0 : 1;
    }
    // Magic, counts, lengths, types, dimensions and offsets cannot change without being noticed;
    // flips in names, texts, numbers and padding leave a file that is consistent.
    assertTrue(refused > 2 * whole.length, refused + " were refused");
  }

  private static GgufBytes oneTensor(int type, long offset, long... dimensions) {
    return GgufBytes.begin(3, 1, 0).tensor("t", type, offset, dimensions).align(32);
  }

  private static Arguments hostile(String problem, GgufBytes bytes) {
    return Arguments.of(problem, bytes);
  }

  static Stream<Arguments> contradictions() {
    return Stream.of(
        hostile(
            "the header: does not begin with GGUF: this is not a GGUF file (at byte 0)",
            new GgufBytes().raw("GGML").int32(3)),
        hostile(
            "the header: the magic number needs 4 bytes, and only 3 are left",
            new GgufBytes().raw("GGU")),
        hostile("the header: the version is 1, which is no longer read", GgufBytes.begin(1, 0, 0)),
        hostile(
            "the header: the version is 4, and only 2 and 3 are known", GgufBytes.begin(4, 0, 0)),
        hostile(
            "the header: the version is 0, and only 2 and 3 are known", GgufBytes.begin(0, 0, 0)),
        hostile(
            "the header: the version is 3 in big-endian order, which is not read",
            GgufBytes.begin(3 << 24, 0, 0)),
        hostile(
            "the header: holds 18446744073709551615 tensors, and the 8 bytes that are left",
            GgufBytes.begin(3, -1, 0)),
        hostile(
            "the header: holds 9000000000000000000 values, and the 0 bytes that are left",
            GgufBytes.begin(3, 0, 9_000_000_000_000_000_000L)),
        hostile(
            "value 0: its key would be 9223372036854775807 bytes long, and only 5 are left",
            GgufBytes.begin(3, 0, 1).int64(Long.MAX_VALUE).raw("abcde")),
        hostile(
            "value 0: its key is not UTF-8 (at byte 33)",
            GgufBytes.begin(3, 0, 1)
                .int64(3)
                .raw((byte) 'k', (byte) 0xc0, (byte) 0x80)
                .raw("abcde")),
        hostile(
            "value 0: its key is 65536 bytes long, and may have no more than 65535",
            GgufBytes.begin(3, 0, 1).string("k".repeat(65536)).int32(7).raw((byte) 1)),
        hostile(
            "k: unknown value type 13 (at byte 33)",
            GgufBytes.begin(3, 0, 1).string("k").int32(13).int64(0)),
        hostile(
            "k: unknown value type 4294967295",
            GgufBytes.begin(3, 0, 1).string("k").int32(-1).int64(0)),
        hostile(
            "k: is there twice (at byte 38)",
            GgufBytes.begin(3, 0, 2)
                .key("k", GgufValueType.BOOL)
                .raw((byte) 1)
                .key("k", GgufValueType.BOOL)
                .raw((byte) 1)),
        hostile(
            "k: its value needs 8 bytes, and only 4 are left",
            GgufBytes.begin(3, 0, 1).key("k", GgufValueType.UINT64).int32(1)),
        hostile(
            "k: its text would be 5 bytes long, and only 4 are left",
            GgufBytes.begin(3, 0, 1).key("k", GgufValueType.STRING).int64(5).raw("text")),
        hostile(
            "k: its text is not UTF-8",
            GgufBytes.begin(3, 0, 1)
                .key("k", GgufValueType.STRING)
                .int64(3)
                .raw((byte) 0xed, (byte) 0xa0, (byte) 0x80)),
        hostile(
            "k: holds 4611686018427387904 elements, and the 8 bytes that are left",
            GgufBytes.begin(3, 0, 1).array("k", GgufValueType.UINT32, 1L << 62).int64(0)),
        hostile(
            "k: holds 2 elements, and the 8 bytes that are left have no room for them",
            GgufBytes.begin(3, 0, 1).array("k", GgufValueType.STRING, 2).int64(0)),
        hostile("k: holds arrays more than 8 deep", nested(10)),
        hostile(
            "tensor 0: its name is 65 bytes long, and may have no more than 64",
            GgufBytes.begin(3, 1, 0).tensor("t".repeat(65), 0, 0, 1)),
        hostile(
            "tensor 't': is there twice",
            GgufBytes.begin(3, 2, 0)
                .tensor("t", 24, 0, 1)
                .tensor("t", 24, 32, 1)
                .align(32)
                .raw(new byte[33])),
        hostile(
            "tensor 't': has 5 dimensions, and there can be no more than 4",
            oneTensor(0, 0, 1, 1, 1, 1, 1).raw(new byte[4])),
        hostile("tensor 't': unknown tensor type 4", oneTensor(4, 0, 32).raw(new byte[32])),
        hostile("tensor 't': unknown tensor type 42", oneTensor(42, 0, 32).raw(new byte[32])),
        hostile("tensor 't': shape [-1] is negative or too large", oneTensor(0, 0, -1)),
        hostile(
            "tensor 't': shape [4294967296, 4294967296] is negative or too large",
            oneTensor(0, 0, 1L << 32, 1L << 32)),
        hostile(
            "tensor 't': shape [4611686018427387904] is negative or too large",
            oneTensor(0, 0, 1L << 62)),
        hostile(
            "tensor 't': Q4_0 of shape [2, 33] cannot be stored: its rows are not a multiple of 32",
            oneTensor(2, 0, 33, 2).raw(new byte[36])),
        hostile(
            "tensor 't': takes 4611686018427387900 bytes from byte 0 of the data, which has 4",
            oneTensor(0, 0, (1L << 60) - 1).raw(new byte[4])),
        hostile(
            "tensor 't': its offset 18446744073709551584 is too large",
            oneTensor(0, -32, 1).raw(new byte[4])),
        hostile(
            "tensor 't': begins at byte 32 of the data, and 32 bytes before it belong to no tensor",
            oneTensor(0, 32, 1).raw(new byte[36])),
        hostile(
            "tensor 't': begins at byte 1 of the data, and 1 bytes before it",
            oneTensor(0, 1, 1).raw(new byte[5])),
        hostile(
            "tensor 'u': begins at byte 0 of the data, and the one before it ends at 32",
            GgufBytes.begin(3, 2, 0)
                .tensor("t", 0, 0, 1)
                .tensor("u", 0, 0, 1)
                .align(32)
                .raw(new byte[32])),
        hostile(
            "tensor 'u': begins at byte 4 of the data, and the one before it ends at 32",
            GgufBytes.begin(3, 2, 0)
                .tensor("t", 0, 0, 1)
                .tensor("u", 0, 4, 1)
                .align(32)
                .raw(new byte[32])),
        hostile(
            "general.alignment: is 0, and must be a power of two of at least 8",
            GgufBytes.begin(3, 0, 1).key("general.alignment", GgufValueType.UINT32).int32(0)),
        hostile(
            "general.alignment: is 48, and must be",
            GgufBytes.begin(3, 0, 1).key("general.alignment", GgufValueType.UINT32).int32(48)),
        hostile(
            "general.alignment: is 4, and must be",
            GgufBytes.begin(3, 0, 1).key("general.alignment", GgufValueType.UINT32).int32(4)),
        hostile(
            "general.alignment: is of the type STRING, and must be a whole number",
            GgufBytes.begin(3, 0, 1).key("general.alignment", GgufValueType.STRING).string("32")),
        hostile(
            "split.count: is 65536, which is not a number of files",
            GgufBytes.begin(3, 0, 1).key("split.count", GgufValueType.UINT32).int32(65536)));
  }

  private static GgufBytes nested(int depth) {
    var bytes = GgufBytes.begin(3, 0, 1).array("k", GgufValueType.ARRAY, 1);
    for (int i = 1; i < depth; i++) {
      bytes.int32(GgufValueType.ARRAY.id()).int64(1);
    }
    return bytes.int32(GgufValueType.UINT8.id()).int64(0);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("contradictions")
  void inconsistencyIsNamedInOneLine(String problem, GgufBytes bytes) throws IOException {
    Path path = Files.write(directory.resolve("hostile.gguf"), bytes.bytes());
    var refused = assertThrows(FormatException.class, () -> GgufFile.open(path).close());
    String message = refused.getMessage();
    assertTrue(message.startsWith(path + ": " + problem), message);
    assertTrue(refused.offset().isPresent(), message);
    assertEquals(1, message.lines().count(), message);
  }

  @Test
  void arraysMayBeNestedEightDeep() throws IOException {
    assertTrue(opens(nested(8).bytes()));
  }

  /// Whether the file opens; fails where it ends otherwise than with a [FormatException], or takes
  /// more memory than its size accounts for.
  private boolean opens(byte[] bytes) throws IOException {
    return new HostileFile(directory.resolve("hostile.gguf"), ALLOWANCE)
        .opens(
            bytes,
            path -> {
              GgufFile.open(path).close();
              return true;
            });
  }
}
