package dev.fader.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Bytes of text that grow.
final class TextBuilder {
  byte[] bytes;
  int size;

  TextBuilder(int expected) {
    bytes = new byte[Math.max(16, expected)];
  }

  void add(byte value) {
    if (size == bytes.length) {
      grow(1);
    }
    bytes[size++] = value;
  }

  void add(byte[] more) {
    add(more, 0, more.length);
  }

  void add(byte[] more, int from, int to) {
    if (to - from > bytes.length - size) {
      grow(to - from);
    }
    System.arraycopy(more, from, bytes, size, to - from);
    size += to - from;
  }

  String text() {
    return new String(bytes, 0, size, StandardCharsets.UTF_8);
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  private void grow(int more) {
    int needed = Math.addExact(size, more);
    bytes = Arrays.copyOf(bytes, (int) Math.max(needed, Math.min(2L * bytes.length, 1 << 30)));
  }
}
