package dev.fader.tokenizer.file;

import dev.fader.tokenizer.error.TokenizerException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Reads the fields of a protocol buffer message in order (the Protocol Buffers wire format). Every
/// length is checked against the bytes available.
final class ProtobufReader {
  private static final int LONGEST_VARINT = 10;

  private final String file;
  private final byte[] bytes;
  private final int end;
  private int at;
  private int wireType;

  /// The number of the field reached by [#next].
  int field;

  private ProtobufReader(String file, byte[] bytes, int from, int end) {
    this.file = file;
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  static ProtobufReader of(String file, byte[] bytes) {
    return new ProtobufReader(file, bytes, 0, bytes.length);
  }

  /// Advances to the next field, if there is one. Its value must be read or skipped before the next
  /// call.
  boolean next() {
    if (at == end) {
      return false;
    }
    long tag = varint();
    wireType = (int) (tag & 7);
    long number = tag >>> 3;
    if (number == 0 || number > 0x1FFFFFFF) {
      throw wrong("has field number " + number);
    }
    field = (int) number;
    return true;
  }

  void skip() {
    switch (wireType) {
      case 0 -> varint();
      case 1 -> take(Long.BYTES);
      case 2 -> take(length());
      case 5 -> take(Integer.BYTES);
      default -> throw wrong("has wire type " + wireType);
    }
  }

  /// The message that the field holds.
  ProtobufReader message() {
    int start = taken(2);
    return new ProtobufReader(file, bytes, start, at);
  }

  byte[] bytes() {
    int start = taken(2);
    return java.util.Arrays.copyOfRange(bytes, start, at);
  }

  String text() {
    int start = taken(2);
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, start, at - start))
          .toString();
    } catch (CharacterCodingException broken) {
      throw wrong("has a string that is not UTF-8");
    }
  }

  float number() {
    require(5);
    int start = take(Float.BYTES);
    return ByteBuffer.wrap(bytes, start, Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).getFloat();
  }

  int integer() {
    require(0);
    return (int) varint();
  }

  boolean flag() {
    return integer() != 0;
  }

  /// An exception at the current position.
  TokenizerException wrong(String problem) {
    return new TokenizerException(
        "%s: not a SentencePiece model: field %d at byte %d %s"
            .formatted(file, field, at, problem));
  }

  private int taken(int type) {
    require(type);
    return take(length());
  }

  private void require(int type) {
    if (wireType != type) {
      throw wrong("has wire type %d, not %d".formatted(wireType, type));
    }
  }

  private int length() {
    long length = varint();
    if (length < 0 || length > end - at) {
      throw wrong("takes %d bytes, and %d are left".formatted(length, end - at));
    }
    return (int) length;
  }

  private int take(int count) {
    if (count > end - at) {
      throw wrong("takes %d bytes, and %d are left".formatted(count, end - at));
    }
    int start = at;
    at += count;
    return start;
  }

  private long varint() {
    long value = 0;
    for (int i = 0; i < LONGEST_VARINT; i++) {
      if (at == end) {
        throw wrong("ends within a number");
      }
      byte part = bytes[at++];
      value |= (part & 0x7FL) << (7 * i);
      if (part >= 0) {
        return value;
      }
    }
    throw wrong("has a number of more than " + LONGEST_VARINT + " bytes");
  }
}
