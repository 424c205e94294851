package dev.fader.tokenizer.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Interns byte strings and numbers them in order of first appearance: an open-addressing table
/// over one byte pool, so that millions of words need no object each.
public final class ByteStrings {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] pool = new byte[1 << 12];
  private int[] starts = new int[1 << 8]; // starts[i + 1] is where string i ends
  private int[] slots = new int[1 << 9]; // number + 1, 0 where free
  private int size;

  public int size() {
    return size;
  }

  /// The bytes of string `number`.
  public byte[] get(int number) {
    return Arrays.copyOfRange(pool, starts[number], starts[number + 1]);
  }

  /// The total length of all strings.
  public int totalLength() {
    return starts[size];
  }

  /// The number of `text[from, to)`, or -1 if it has none.
  int find(byte[] text, int from, int to) {
    return slots[slot(text, from, to)] - 1;
  }

  /// The number of `text[from, to)`, assigned now if it had none.
  public int number(byte[] text, int from, int to) {
    int slot = slot(text, from, to);
    if (slots[slot] > 0) {
      return slots[slot] - 1;
    }
    append(text, from, to);
    slots[slot] = size;
    if (2 * size > slots.length) {
      rehash();
    }
    return size - 1;
  }

  /// A hash of `text[from, to)` with good low bits.
  static int hash(byte[] text, int from, int to) {
    long hash = (long) to - from;
    int at = from;
    for (; at + 8 <= to; at += 8) {
      hash = (hash ^ (long) LONGS.get(text, at)) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 32;
    }
    long rest = 0;
    for (; at < to; at++) {
      rest = (rest << 8) | (text[at] & 0xFF);
    }
    hash = (hash ^ rest) * 0x9E3779B97F4A7C15L;
    return (int) (hash >>> 32);
  }

  private int slot(byte[] text, int from, int to) {
    int mask = slots.length - 1;
    int slot = hash(text, from, to) & mask;
    while (slots[slot] > 0 && !holds(slots[slot] - 1, text, from, to)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private boolean holds(int number, byte[] text, int from, int to) {
    return Arrays.equals(pool, starts[number], starts[number + 1], text, from, to);
  }

  private void append(byte[] text, int from, int to) {
    int start = starts[size];
    int end = Math.addExact(start, to - from);
    if (end > pool.length) {
      pool = Arrays.copyOf(pool, Math.max(end, (int) Math.min(2L * pool.length, 1 << 30)));
    }
    System.arraycopy(text, from, pool, start, to - from);
    size++;
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size);
    }
    starts[size] = end;
  }

  private void rehash() {
    slots = new int[2 * slots.length];
    int mask = slots.length - 1;
    for (int number = 0; number < size; number++) {
      int slot = hash(pool, starts[number], starts[number + 1]) & mask;
      while (slots[slot] > 0) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = number + 1;
    }
  }
}
