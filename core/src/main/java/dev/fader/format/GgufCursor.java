package dev.fader.format;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// A read position in a mapped GGUF file. Every length is checked against the remaining bytes
/// before it is used.
final class GgufCursor {
  private static final long HIGH_BITS = 0x8080808080808080L;

  private final Path file;
  private final MemorySegment data;
  private long position;
  private String field = "the header";

  GgufCursor(Path file, MemorySegment data) {
    this.file = file;
    this.data = data;
  }

  long position() {
    return position;
  }

  MemorySegment data() {
    return data;
  }

  Path file() {
    return file;
  }

  /// Names the part that is read next, for errors.
  void enter(String newField) {
    field = newField;
  }

  FormatException wrong(long place, String problem) {
    return FormatException.at(file, field, place, problem);
  }

  private void require(long bytes, String what) throws FormatException {
    if (bytes > data.byteSize() - position) {
      throw wrong(
          position,
          "%s needs %d bytes, and only %d are left: the file is truncated or damaged"
              .formatted(what, bytes, data.byteSize() - position));
    }
  }

  int int32(String what) throws FormatException {
    require(Integer.BYTES, what);
    int value = data.get(LittleEndian.INT, position);
    position += Integer.BYTES;
    return value;
  }

  long int64(String what) throws FormatException {
    require(Long.BYTES, what);
    long value = data.get(LittleEndian.LONG, position);
    position += Long.BYTES;
    return value;
  }

  /// A count of elements that take at least `leastBytes` bytes each.
  long count(String what, int leastBytes) throws FormatException {
    long count = int64("the number of " + what);
    long left = data.byteSize() - position;
    if (count < 0 || count > left / leastBytes) {
      throw wrong(
          position - Long.BYTES,
          "holds %s %s, and the %d bytes that are left have no room for them: the file is truncated or damaged"
              .formatted(Long.toUnsignedString(count), what, left));
    }
    return count;
  }

  void skip(long bytes, String what) throws FormatException {
    require(bytes, what);
    position += bytes;
  }

  /// Skips a string after checking its length and UTF-8.
  void skipString(String what) throws FormatException {
    require(Long.BYTES, what);
    long length = data.get(LittleEndian.LONG, position);
    long start = position + Long.BYTES;
    if (length < 0 || length > data.byteSize() - start) {
      throw wrong(
          position,
          "%s would be %s bytes long, and only %d are left: the file is truncated or damaged"
              .formatted(what, Long.toUnsignedString(length), data.byteSize() - start));
    }
    checkUtf8(start, start + length, what);
    position = start + length;
  }

  /// A name of at most `longest` bytes.
  String name(String what, long longest) throws FormatException {
    long start = position;
    skipString(what);
    long length = position - start - Long.BYTES;
    if (length > longest) {
      throw wrong(
          start,
          "%s is %d bytes long, and may have no more than %d".formatted(what, length, longest));
    }
    return text(data, start);
  }

  /// The string whose length is at `start`, which was checked before.
  static String text(MemorySegment data, long start) {
    long length = data.get(LittleEndian.LONG, start);
    var bytes = new byte[Math.toIntExact(length)];
    MemorySegment.copy(data, LittleEndian.BYTE, start + Long.BYTES, bytes, 0, bytes.length);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private void checkUtf8(long start, long end, String what) throws FormatException {
    long i = start;
    while (i < end) {
      if (end - i >= Long.BYTES && (data.get(LittleEndian.LONG, i) & HIGH_BITS) == 0) {
        i += Long.BYTES;
      } else if (data.get(LittleEndian.BYTE, i) >= 0) {
        i++;
      } else {
        int length = characterLength(i, end);
        if (length == 0) {
          throw wrong(i, what + " is not UTF-8");
        }
        i += length;
      }
    }
  }

  /// The length of the multi-byte character at `i`; 0 if it is invalid (RFC 3629).
  private int characterLength(long i, long end) {
    int first = data.get(LittleEndian.BYTE, i) & 0xff;
    int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || length > end - i) {
      return 0;
    }
    int second = data.get(LittleEndian.BYTE, i + 1) & 0xff;
    int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    int most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) {
      return 0;
    }
    for (int k = 2; k < length; k++) {
      if ((data.get(LittleEndian.BYTE, i + k) & 0xc0) != 0x80) {
        return 0;
      }
    }
    return length;
  }
}
