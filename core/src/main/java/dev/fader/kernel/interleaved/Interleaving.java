package dev.fader.kernel.interleaved;

import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;

/// Writes the lines of a quantised tensor side by side, as [InterleavedLayout] describes.
public final class Interleaving {
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private static final int LINES = InterleavedLayout.LINES;

  /// Bytes of what the lines of a strip have in one place: words, and float16 numbers.
  private static final long WORDS = 4L * LINES;

  private static final long HALVES = 2L * LINES;

  /// The bits of a float16 that are all set in infinities and what is no number.
  private static final int NOT_FINITE = 0x7c00;

  private static final long LOW_NIBBLES = 0x0f0f_0f0f_0f0f_0f0fL;
  private static final long LOW_PAIRS = 0x0303_0303_0303_0303L;
  private static final long SIX_BITS = 0x3f3f_3f3f_3f3f_3f3fL;

  /// Of six bits each.
  private static final int FIVE_LEVELS = (1 << 30) - 1;

  private final InterleavedLayout layout;
  private final MemorySegment from;
  private final MemorySegment to;
  private final int blocks; // of a line
  private final long scaleBytes; // of a block in a strip
  private final long levelBytes; // of a group in a strip

  private Interleaving(InterleavedLayout layout, Tensor tensor, MemorySegment to) {
    this.layout = layout;
    this.from = tensor.segment();
    this.to = to;
    this.blocks = depth(tensor) / layout.format().elements();
    this.scaleBytes = layout.scaleBytes();
    this.levelBytes = layout.levelBytes();
  }

  private static int depth(Tensor tensor) {
    return tensor.shape().size(tensor.shape().rank() - 1);
  }

  /// The bytes that [#interleave] takes, 0 if it does nothing.
  public static long bytes(DType type, Shape shape) {
    var layout = InterleavedLayout.of(type);
    if (layout.isEmpty() || shape.rank() < 2 || shape.elements() == 0) {
      return 0;
    }
    int depth = shape.size(shape.rank() - 1);
    if (depth % layout.get().format().elements() != 0) {
      return 0;
    }
    long strips = Math.ceilDiv(shape.elements() / depth, LINES);
    return Math.multiplyExact(strips, layout.get().stripBytes(depth));
  }

  /// Keeps the lines of `tensor`, which run along its last dimension, interleaved in memory of
  /// `arena`, for products to read. Does nothing for a type that is not interleaved, nor for lines
  /// with scales that are no finite numbers.
  ///
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room
  public static void interleave(Tensor tensor, TensorArena arena, Workers workers) {
    long bytes = bytes(tensor.type(), tensor.shape());
    if (bytes == 0) {
      return;
    }
    var layout = InterleavedLayout.of(tensor.type()).orElseThrow();
    var memory = arena.allocate(DType.INT8, Shape.of(bytes)).segment();
    var interleaving = new Interleaving(layout, tensor, memory);
    long lines = tensor.elements() / depth(tensor);
    var finite = new AtomicBoolean(true);
    workers.forEach(
        Math.toIntExact(Math.ceilDiv(lines, LINES)),
        (strip, worker) -> {
          if (!interleaving.writeStrip(strip, lines)) {
            finite.set(false);
          }
        });
    if (finite.get()) {
      tensor.keepInterleaved(memory);
    }
  }

  /// Lines that there are not stay zero. Returns whether all scales are finite.
  private boolean writeStrip(int strip, long lines) {
    long scales = Math.multiplyExact((long) strip, layout.stripBytes(blocks * elements()));
    long levels = scales + blocks * scaleBytes;
    long first = (long) strip * LINES;
    int count = (int) Math.min(LINES, lines - first);
    long blockBytes = layout.format().bytes();
    long lineBytes = blocks * blockBytes;
    boolean finite = true;
    for (int block = 0; block < blocks; block++) {
      for (int line = 0; line < count; line++) {
        long at = (first + line) * lineBytes + block * blockBytes;
        writeBlock(at, scales, levels + 4L * line, line);
        finite &= isFinite(scales + 2L * line);
      }
      scales += scaleBytes;
      levels += layout.groups() * levelBytes;
    }
    return finite;
  }

  private int elements() {
    return layout.format().elements();
  }

  /// Whether the float16 numbers of a line are.
  private boolean isFinite(long scales) {
    boolean minimum = !layout.hasMinima() || isFiniteHalf(scales + HALVES);
    return minimum && isFiniteHalf(scales);
  }

  private boolean isFiniteHalf(long at) {
    return (to.get(SHORT, at) & NOT_FINITE) != NOT_FINITE;
  }

  /// @param scales where the scales of the block go, those of the first line first
  /// @param levels where the line's first word goes
  private void writeBlock(long at, long scales, long levels, int line) {
    long half = scales + 2L * line;
    switch (layout) {
      case Q4_0 -> {
        writeHalf(at, half);
        writeNibbles(at + 2, levels, 16);
      }
      case Q4_1 -> {
        writeHalf(at, half);
        writeHalf(at + 2, half + HALVES);
        writeNibbles(at + 4, levels, 16);
      }
      case Q4_K -> {
        writeHalf(at, half);
        writeHalf(at + 2, half + HALVES);
        writeGroupScales(at + 4, scales + 2L * HALVES + line);
        for (int run = 0; run < 4; run++) {
          writeNibbles(at + 16 + 32L * run, levels + 2L * run * levelBytes, 32);
        }
      }
      case Q6_K -> {
        writeHalf(at + 208, half);
        for (int group = 0; group < 16; group++) {
          byte factor = from.get(BYTE, at + 192 + group);
          to.set(BYTE, scales + HALVES + (long) group * LINES + line, factor);
        }
        writeSixBits(at, levels);
      }
      case Q8_0 -> {
        writeHalf(at, half);
        for (int word = 0; word < 8; word++) {
          to.set(INT, levels + word * WORDS, from.get(INT, at + 2 + word * 4L));
        }
      }
    }
  }

  private void writeHalf(long at, long scales) {
    to.set(SHORT, scales, from.get(SHORT, at));
  }

  /// `bytes` low halves of bytes, then their high halves, eight to a word.
  private void writeNibbles(long at, long levels, int bytes) {
    long high = levels + bytes / 8 * WORDS;
    for (int i = 0; i < bytes; i += 8) {
      long pairs = from.get(LONG, at + i);
      long word = i / 8 * WORDS;
      to.set(INT, levels + word, (int) Long.compress(pairs, LOW_NIBBLES));
      to.set(INT, high + word, (int) Long.compress(pairs, ~LOW_NIBBLES));
    }
  }

  /// The six-bit scales and minima of Q4_K, unpacked.
  private void writeGroupScales(long at, long groups) {
    for (int group = 0; group < 8; group++) {
      int scale;
      int minimum;
      if (group < 4) {
        scale = from.get(BYTE, at + group) & 63;
        minimum = from.get(BYTE, at + group + 4) & 63;
      } else {
        int low = from.get(BYTE, at + group + 4);
        scale = (low & 15) | (from.get(BYTE, at + group - 4) >> 2 & 48);
        minimum = (low >> 4 & 15) | (from.get(BYTE, at + group) >> 2 & 48);
      }
      long here = groups + group * 2L * LINES;
      to.set(BYTE, here, (byte) scale);
      to.set(BYTE, here + LINES, (byte) minimum);
    }
  }

  /// The levels of a block of Q6_K: four low bits and two high ones, which lie apart.
  private void writeSixBits(long at, long levels) {
    for (int group = 0; group < 16; group++) {
      int half = group >> 3;
      int quarter = group >> 1 & 3;
      long low = at + 64L * half + 32L * (quarter & 1) + 16L * (group & 1);
      long high = at + 128 + 32L * half + 16L * (group & 1);
      int lowShift = quarter >> 1 << 2;
      int highShift = 2 * quarter;
      // Eight levels of six bits each are 48 bits.
      long first = sixBits(low, lowShift, high, highShift);
      long second = sixBits(low + 8, lowShift, high + 8, highShift);
      int last = (int) (second >>> 42);
      long word = levels + group * levelBytes;
      to.set(INT, word, ((int) first & FIVE_LEVELS) | last << 30);
      int middle = (int) (first >>> 30 | second << 18);
      to.set(INT, word + WORDS, (middle & FIVE_LEVELS) | last >> 2 << 30);
      to.set(INT, word + 2 * WORDS, ((int) (second >>> 12) & FIVE_LEVELS) | last >> 4 << 30);
    }
  }

  private long sixBits(long low, int lowShift, long high, int highShift) {
    long fourBits = from.get(LONG, low) >>> lowShift & LOW_NIBBLES;
    long twoBits = from.get(LONG, high) >>> highShift & LOW_PAIRS;
    return Long.compress(fourBits | twoBits << 4, SIX_BITS);
  }
}
