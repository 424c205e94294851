package dev.fader.tokenizer.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A growing buffer of UTF-8 text.
public final class Utf8Builder {
  public byte[] bytes;
  public int size;

  public Utf8Builder(int expected) {
    bytes = new byte[Math.max(16, expected)];
  }

  public void add(byte value) {
    if (size == bytes.length) {
      grow(1);
    }
    bytes[size++] = value;
  }

  public void add(byte[] more) {
    add(more, 0, more.length);
  }

  public void add(byte[] more, int from, int to) {
    if (to - from > bytes.length - size) {
      grow(to - from);
    }
    System.arraycopy(more, from, bytes, size, to - from);
    size += to - from;
  }

  public String text() {
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
