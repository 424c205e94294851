package dev.fader.kernel.interleaved;

import dev.fader.quantization.BlockFormat;
import dev.fader.tensor.DType;
import java.util.Optional;

/// Where the numbers of sixteen quantised lines lie that are kept side by side, a strip.
///
/// First come the scales, block after block: those float16 numbers of a block that are not of a
/// group, sixteen lines after each other; then those of groups. Then the levels, in words of 32
/// bits: a word of the first line, of the second and so on, then the next words of the lines. A
/// strip takes hardly more memory than its lines did.
///
/// Levels are unsigned and low bits come first, but for those of eight bits, which are signed.
enum InterleavedLayout {
  /// A word is sixteen levels. A byte of a group is its scale (low half) and its minimum.
  Q2_K(BlockFormat.Q2_K, 2, 16, 0, 2, 20),
  /// A word and a half are sixteen levels: ten in the word, five in the half, and of the last level
  /// two bits above those of the word and one above those of the half. Scales of groups are the
  /// twelve bytes that a block has, as three words for each line.
  Q3_K(BlockFormat.Q3_K, 3, 16, 4, 1, 14),
  /// A word is eight levels.
  Q4_0(BlockFormat.Q4_0, 4, 32, 8, 1, 2),
  /// As [#Q4_0], with minima.
  Q4_1(BlockFormat.Q4_1, 4, 32, 0, 2, 4),
  /// As [#Q4_0], with scales and minima of groups: for each group its scales, then its minima, a
  /// byte for each line.
  Q4_K(BlockFormat.Q4_K, 4, 32, 0, 2, 20),
  /// Two words and a half are sixteen levels: six in each word, three in the half, and of the last
  /// level two bits above those of each word and one above those of the half. Halves of the lines
  /// follow each other as words do.
  Q5_0(BlockFormat.Q5_0, 5, 32, 16, 1, 2),
  /// As [#Q5_0], with minima.
  Q5_1(BlockFormat.Q5_1, 5, 32, 0, 2, 4),
  /// As [#Q5_0], with scales and minima of groups as in [#Q4_K].
  Q5_K(BlockFormat.Q5_K, 5, 32, 0, 2, 20),
  /// Three words are sixteen levels, their low halves the first eight: two levels in each, and
  /// above them in the first four bits of the seventh level, in the third those of the eighth, and
  /// in the second two bits more of each. Scales of groups are bytes.
  Q6_K(BlockFormat.Q6_K, 6, 16, 32, 1, 18),
  /// A word is four levels.
  Q8_0(BlockFormat.Q8_0, 8, 32, 0, 1, 2),
  /// As [#Q4_0], but four bits choose from a table.
  IQ4_NL(BlockFormat.IQ4_NL, 4, 32, 0, 1, 2),
  /// As [#IQ4_NL]. Scales of groups are bytes.
  IQ4_XS(BlockFormat.IQ4_XS, 4, 32, 0, 1, 10),
  /// As [#IQ4_NL], with a byte for each scale, the exponent of two.
  MXFP4(BlockFormat.MXFP4, 4, 32, 0, 0, 1);

  /// Lines of a strip.
  static final int LINES = 16;

  private static final InterleavedLayout[] LAYOUTS = values();

  private final BlockFormat format;
  private final int bits;
  private final int group;
  private final int offset;
  private final int halves;
  private final int scaleBytes;

  /// @param halves float16 numbers of a block, the first of which are its scales
  /// @param scaleBytes of a block of a line, with those of groups
  InterleavedLayout(
      BlockFormat format, int bits, int group, int offset, int halves, int scaleBytes) {
    this.format = format;
    this.bits = bits;
    this.group = group;
    this.offset = offset;
    this.halves = halves;
    this.scaleBytes = scaleBytes;
  }

  /// That of a type, if there is one.
  static Optional<InterleavedLayout> of(DType type) {
    if (type.isQuantized()) {
      for (var layout : LAYOUTS) {
        if (layout.format == type.blockFormat()) {
          return Optional.of(layout);
        }
      }
    }
    return Optional.empty();
  }

  /// Whether vectors of so many lanes can look levels up: a table is one of them.
  boolean fits(int lanes) {
    return lanes == LINES || !hasTable();
  }

  /// Whether panels of products with many rows are made of the copy, and not of blocks.
  boolean hasPanels() {
    return switch (this) {
      case Q4_0, Q4_1, Q4_K, Q6_K, Q8_0 -> true;
      case Q2_K, Q3_K, Q5_0, Q5_1, Q5_K, IQ4_NL, IQ4_XS, MXFP4 -> false;
    };
  }

  /// Whether rows of eight bits are multiplied in whole numbers of 16 bits, which hold the products
  /// of half a group: 127 times a level less its offset at most, for six bits 127 times 32 times
  /// eight, 32,512.
  boolean hasIntegers() {
    return switch (this) {
      case Q4_0, Q4_1, Q4_K, Q6_K -> true;
      case Q2_K, Q3_K, Q5_0, Q5_1, Q5_K, Q8_0, IQ4_NL, IQ4_XS, MXFP4 -> false;
    };
  }

  boolean hasTable() {
    return switch (this) {
      case IQ4_NL, IQ4_XS, MXFP4 -> true;
      case Q4_0, Q4_1, Q4_K, Q5_0, Q5_1, Q5_K, Q2_K, Q3_K, Q6_K, Q8_0 -> false;
    };
  }

  BlockFormat format() {
    return format;
  }

  /// Bits of a level.
  int bits() {
    return bits;
  }

  /// Elements that share a scale.
  int group() {
    return group;
  }

  /// What is taken from a level.
  int offset() {
    return offset;
  }

  boolean hasMinima() {
    return halves == 2;
  }

  /// Groups of a block.
  int groups() {
    return format.elements() / group;
  }

  /// Float16 numbers of a block.
  int halves() {
    return halves;
  }

  /// Bytes of the scales of a block in a strip.
  int scaleBytes() {
    return LINES * scaleBytes;
  }

  /// Bytes of the levels of a group in a strip.
  int levelBytes() {
    return LINES * group * bits / Byte.SIZE;
  }

  /// Bytes of a strip of lines of `depth` elements.
  long stripBytes(int depth) {
    int blocks = depth / format.elements();
    return Math.multiplyExact((long) blocks, scaleBytes() + groups() * levelBytes());
  }
}
