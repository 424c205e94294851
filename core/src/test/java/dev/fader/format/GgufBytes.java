package dev.fader.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A GGUF file put together by hand, right or wrong.
final class GgufBytes {
  private ByteBuffer buffer = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);

  /// Magic number, version and counts.
  static GgufBytes begin(int version, long tensors, long values) {
    return new GgufBytes().raw("GGUF").int32(version).int64(tensors).int64(values);
  }

  GgufBytes raw(String ascii) {
    return raw(ascii.getBytes(StandardCharsets.ISO_8859_1));
  }

  GgufBytes raw(byte... bytes) {
    if (buffer.remaining() < bytes.length + 16) {
      int size = 2 * (buffer.capacity() + bytes.length);
      buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN).put(buffer.flip());
    }
    buffer.put(bytes);
    return this;
  }

  GgufBytes int32(int value) {
    raw();
    buffer.putInt(value);
    return this;
  }

  GgufBytes int64(long value) {
    raw();
    buffer.putLong(value);
    return this;
  }

  GgufBytes float32(float value) {
    return int32(Float.floatToRawIntBits(value));
  }

  GgufBytes string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return int64(bytes.length).raw(bytes);
  }

  /// A key and the type of its value.
  GgufBytes key(String key, GgufValueType type) {
    return string(key).int32(type.id());
  }

  GgufBytes array(String key, GgufValueType elements, long count) {
    return key(key, GgufValueType.ARRAY).int32(elements.id()).int64(count);
  }

  /// What stands in the header about a tensor, dimensions as in ggml, innermost first.
  GgufBytes tensor(String name, int type, long offset, long... dimensions) {
    string(name).int32(dimensions.length);
    for (long dimension : dimensions) {
      int64(dimension);
    }
    return int32(type).int64(offset);
  }

  GgufBytes align(int alignment) {
    while (buffer.position() % alignment != 0) {
      raw((byte) 0);
    }
    return this;
  }

  int size() {
    return buffer.position();
  }

  byte[] bytes() {
    return Arrays.copyOf(buffer.array(), buffer.position());
  }
}
