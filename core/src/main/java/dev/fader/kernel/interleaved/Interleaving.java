package dev.fader.kernel.interleaved;

import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.vector.Lanes;
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

  /// Bytes of a word of each line of a strip.
  private static final long WORDS = 4L * LINES;

  private static final long LOW_NIBBLES = 0x0f0f_0f0f_0f0f_0f0fL;

  /// Bytes of a float16 number of each line of a strip.
  private static final long HALVES = 2L * LINES;

  /// The bits of a float16 that are all set in infinities and what is no number.
  private static final int NOT_FINITE = 0x7c00;

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

  /// Whether products with many rows read the copy of tensors of a type too, so that nothing is
  /// left that reads their blocks.
  public static boolean isForPanels(DType type) {
    return InterleavedLayout.of(type).filter(InterleavedLayout::hasPanels).isPresent();
  }

  /// Whether the vectors of this process can read the copy of a type: those of uneven levels need
  /// sixteen lanes.
  public static boolean fits(DType type) {
    return InterleavedLayout.of(type)
        .filter(layout -> layout.fits(Lanes.FLOATS.length()))
        .isPresent();
  }

  /// The bytes that [#interleave] takes, whole cache lines, 0 if it does nothing for the type or
  /// shape. For a type that does not fit the vectors of the process it does nothing either, which
  /// is not asked here, since plans run without vectors.
  public static long bytes(DType type, Shape shape) {
    var layout = InterleavedLayout.of(type);
    if (layout.isEmpty() || shape.rank() < 2 || shape.elements() == 0) {
      return 0;
    }
    int depth = shape.size(shape.rank() - 1);
    boolean cut = shape.rank() > 2 && shape.dimension(shape.rank() - 2) % LINES != 0;
    if (depth % layout.get().format().elements() != 0 || cut) {
      return 0;
    }
    long strips = Math.ceilDiv(shape.elements() / depth, LINES);
    long bytes = Math.multiplyExact(strips, layout.get().stripBytes(depth));
    return Math.multiplyExact(Math.ceilDiv(bytes, TensorArena.ALIGNMENT), TensorArena.ALIGNMENT);
  }

  /// Keeps the lines of `tensor`, which run along its last dimension, interleaved in memory of
  /// `arena`, for products to read. Does nothing for a type that is not interleaved, nor for lines
  /// with scales that are no finite numbers.
  ///
  /// @param rows the type in which products take the rows that they multiply with the copy:
  ///   FLOAT32, or Q8_0, which is FLOAT32 for types without products of whole numbers
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room
  public static void interleave(Tensor tensor, TensorArena arena, Workers workers, DType rows) {
    long bytes = bytes(tensor.type(), tensor.shape());
    if (bytes > 0 && fits(tensor.type())) {
      interleave(tensor, arena.allocate(DType.INT8, Shape.of(bytes)).segment(), workers, rows);
    }
  }

  /// The same in `memory`: zeros, [#bytes] of them, on a cache line. For types that [#fits].
  public static void interleave(Tensor tensor, MemorySegment memory, Workers workers, DType rows) {
    var layout = InterleavedLayout.of(tensor.type()).orElseThrow();
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
      tensor.keepInterleaved(memory, layout.hasIntegers() ? rows : DType.FLOAT32);
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
        writeScales(at, scales, line);
        writeLevels(at, levels, line);
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
    for (int half = 0; half < layout.halves(); half++) {
      if ((to.get(SHORT, scales + half * HALVES) & NOT_FINITE) == NOT_FINITE) {
        return false;
      }
    }
    return true;
  }

  /// @param scales where the scales of the block go, those of the first line first
  private void writeScales(long at, long scales, int line) {
    long half = scales + 2L * line;
    switch (layout) {
      case Q4_0, Q5_0, Q8_0, IQ4_NL -> writeHalf(at, half);
      case Q4_1, Q5_1 -> {
        writeHalf(at, half);
        writeHalf(at + 2, half + HALVES);
      }
      case Q4_K, Q5_K -> {
        writeHalf(at, half);
        writeHalf(at + 2, half + HALVES);
        writeGroupScales(at + 4, scales + 2L * HALVES + line);
      }
      case Q2_K -> {
        writeHalf(at + 80, half);
        writeHalf(at + 82, half + HALVES);
        writeBytes(at, scales + 2 * HALVES + line);
      }
      case Q3_K -> {
        writeHalf(at + 108, half);
        for (int word = 0; word < 3; word++) {
          long words = scales + HALVES + 4L * LINES * word;
          to.set(INT, words + 4L * line, from.get(INT, at + 96 + 4L * word));
        }
      }
      case Q6_K -> {
        writeHalf(at + 208, half);
        writeBytes(at + 192, scales + HALVES + line);
      }
      case IQ4_XS -> {
        writeHalf(at, half);
        writeSignedGroupScales(at + 2, scales + HALVES + line);
      }
      case MXFP4 -> to.set(BYTE, scales + line, from.get(BYTE, at));
    }
  }

  private void writeHalf(long at, long scales) {
    to.set(SHORT, scales, from.get(SHORT, at));
  }

  /// A byte for each of sixteen groups.
  private void writeBytes(long at, long groups) {
    for (int group = 0; group < 16; group++) {
      to.set(BYTE, groups + (long) group * LINES, from.get(BYTE, at + group));
    }
  }

  /// The six-bit scales of IQ4_XS less 32.
  private void writeSignedGroupScales(long at, long groups) {
    int high = from.get(SHORT, at);
    int low = from.get(INT, at + 2);
    for (int group = 0; group < 8; group++) {
      int scale = (low >>> (4 * group) & 15) | (high >>> (2 * group) & 3) << 4;
      to.set(BYTE, groups + (long) group * LINES, (byte) (scale - 32));
    }
  }

  /// The six-bit scales and minima of Q4_K and Q5_K, unpacked.
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

  /// @param levels where those of the block go, those of the first line first
  private void writeLevels(long at, long levels, int line) {
    switch (layout) {
      case Q4_0, IQ4_NL -> writeNibbles(at + 2, levels, line, 16);
      case Q4_1 -> writeNibbles(at + 4, levels, line, 16);
      case Q4_K -> writeNibbles(at + 16, levels, line, 32);
      case IQ4_XS -> writeNibbles(at + 8, levels, line, 16);
      case MXFP4 -> writeNibbles(at + 1, levels, line, 16);
      case Q2_K, Q3_K, Q5_0, Q5_1, Q5_K, Q6_K, Q8_0 -> writeSixteens(at, levels, line);
    }
  }

  /// Those of `run` bytes: first their low halves, then the high ones; a word of the strip takes
  /// eight.
  private void writeNibbles(long at, long levels, int line, int run) {
    long word = levels + 4L * line;
    long highWord = word + run / 8 * WORDS;
    int bytes = elements() / 2;
    for (int i = 0; i < bytes; i += run) {
      for (int j = 0; j < run; j += 8) {
        long pairs = from.get(LONG, at + i + j);
        long before = (2 * i + j) / 8 * WORDS;
        to.set(INT, word + before, (int) Long.compress(pairs, LOW_NIBBLES));
        to.set(INT, highWord + before, (int) Long.compress(pairs, LOW_NIBBLES << 4));
      }
    }
  }

  private void writeSixteens(long at, long levels, int line) {
    int bits = layout.bits();
    for (int i = 0; i < elements(); i += 16) {
      long first = StoredLevels.eight(layout, from, at, i);
      long second = StoredLevels.eight(layout, from, at, i + 8);
      StripWords.write(to, bits, levels + (long) i * bits * LINES / Byte.SIZE, line, first, second);
    }
  }
}
