package dev.fader.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Alters a file at random, as damage and malice do: bits, lengths, pieces, the end. Places near
/// the start are altered more often, since headers stand there.
///
/// @param random where the choices come from
/// @param pieces what the format is made of, to be put in anywhere; none for binary formats
record Mutation(SplittableRandom random, List<String> pieces) {
  private static final int MOST_CHANGES = 4;
  private static final int LONGEST_RANGE = 200;
  private static final long[] LENGTHS = {
    0,
    1,
    -1,
    2,
    31,
    127,
    128,
    255,
    65_535,
    65_536,
    Integer.MAX_VALUE,
    1L << 31,
    1L << 32,
    1L << 40,
    1L << 61,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    (1L << 32) - 1
  };
  private static final String[] NUMBERS = {
    "0",
    "-1",
    "1",
    "2147483647",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "1e400",
    "0.5",
    "-0",
    "1e-400",
    "123456789012345678901234567890"
  };

  Mutation {
    pieces = List.copyOf(pieces);
  }

  /// One of `seeds`, altered in one to four ways.
  byte[] of(List<byte[]> seeds) {
    byte[] bytes = pick(seeds).clone();
    int changes = 1 + random.nextInt(1 + random.nextInt(MOST_CHANGES)); // mostly one
    for (int i = 0; i < changes; i++) {
      bytes = changed(bytes, seeds);
    }
    return bytes;
  }

  private byte[] pick(List<byte[]> seeds) {
    return seeds.get(random.nextInt(seeds.size()));
  }

  private byte[] changed(byte[] bytes, List<byte[]> seeds) {
    int at = place(bytes.length);
    int length = Math.min(random.nextInt(LONGEST_RANGE) + 1, bytes.length - at);
    return switch (random.nextInt(12)) {
      case 0, 1 -> withFlippedBit(bytes, at);
      case 2 -> Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      case 3 -> spliced(bytes, at, 0, randomBytes(1 + random.nextInt(16)));
      case 4 -> spliced(bytes, at, length, new byte[0]);
      case 5 -> spliced(bytes, place(bytes.length), 0, Arrays.copyOfRange(bytes, at, at + length));
      case 6 -> spliced(bytes, at, length, randomBytes(length));
      case 7 -> spliced(bytes, at, 0, range(pick(seeds)));
      case 8 -> withLength(bytes, at);
      case 9 -> withSwappedWords(bytes, at);
      case 10 -> withNumber(bytes, at);
      default -> pieces.isEmpty() ? withLength(bytes, at) : withPiece(bytes, at);
    };
  }

  /// From 0 to `length`, small ones more often.
  private int place(int length) {
    double share = random.nextDouble();
    return (int) (length * (random.nextBoolean() ? share : share * share * share));
  }

  private byte[] randomBytes(int count) {
    var bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] range(byte[] bytes) {
    int start = place(bytes.length);
    return Arrays.copyOfRange(
        bytes, start, Math.min(bytes.length, start + 1 + random.nextInt(LONGEST_RANGE)));
  }

  private byte[] withFlippedBit(byte[] bytes, int at) {
    if (at < bytes.length) {
      bytes[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
    }
    return bytes;
  }

  /// A word of 4 or 8 bytes becomes a length that is likely to be wrong.
  private byte[] withLength(byte[] bytes, int at) {
    long value =
        random.nextInt(4) == 0
            ? random.nextInt(bytes.length + 1)
            : LENGTHS[random.nextInt(LENGTHS.length)];
    var word =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    int size = random.nextBoolean() ? Integer.BYTES : Long.BYTES;
    if (at + size <= bytes.length) {
      System.arraycopy(word, 0, bytes, at, size);
    }
    return bytes;
  }

  private byte[] withSwappedWords(byte[] bytes, int at) {
    int other = place(bytes.length);
    for (int i = 0; i < Long.BYTES && Math.max(at, other) + i < bytes.length; i++) {
      byte swapped = bytes[at + i];
      bytes[at + i] = bytes[other + i];
      bytes[other + i] = swapped;
    }
    return bytes;
  }

  /// The first digits after `at` become another number.
  private byte[] withNumber(byte[] bytes, int at) {
    int start = at;
    while (start < bytes.length && !isDigit(bytes[start])) {
      start++;
    }
    int end = start;
    while (end < bytes.length && isDigit(bytes[end])) {
      end++;
    }
    return spliced(bytes, start, end - start, ascii(NUMBERS[random.nextInt(NUMBERS.length)]));
  }

  private static boolean isDigit(byte value) {
    return value >= '0' && value <= '9';
  }

  /// A piece of the format, up to a few thousand of it in a row: what nests, nests deep.
  private byte[] withPiece(byte[] bytes, int at) {
    int times = random.nextInt(8) == 0 ? 1 + random.nextInt(3000) : 1;
    return spliced(bytes, at, 0, ascii(pieces.get(random.nextInt(pieces.size())).repeat(times)));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] spliced(byte[] bytes, int at, int removed, byte[] added) {
    return ByteBuffer.allocate(bytes.length - removed + added.length)
        .put(bytes, 0, at)
        .put(added)
        .put(bytes, at + removed, bytes.length - at - removed)
        .array();
  }
}
