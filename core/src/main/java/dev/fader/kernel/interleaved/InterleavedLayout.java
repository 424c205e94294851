package dev.fader.kernel.interleaved;

import dev.fader.quantization.BlockFormat;
import dev.fader.tensor.DType;
import java.util.Optional;

/// Where the numbers of sixteen quantised lines lie that are kept side by side, a strip.
///
/// First come the scales, block after block: those float16 numbers of a block that are not of a
/// group, sixteen lines after each other; then for each group of the block its scales, and its
/// minima if there are any, a byte for each line. Then the levels, in words of 32 bits: a word of
/// the first line, of the second and so on, then the next words of the lines. A strip takes hardly
/// more memory than its lines did.
///
/// Levels are unsigned and low bits come first, but for those of eight bits, which are signed.
enum InterleavedLayout {
  /// A word is eight levels.
  Q4_0(BlockFormat.Q4_0, 4, 32, 8, 1, 0),
  /// As [#Q4_0], with minima.
  Q4_1(BlockFormat.Q4_1, 4, 32, 0, 2, 0),
  /// As [#Q4_0], with scales and minima of groups.
  Q4_K(BlockFormat.Q4_K, 4, 32, 0, 2, 2),
  /// Three words are sixteen levels: five in each, and two bits of the last in each.
  Q6_K(BlockFormat.Q6_K, 6, 16, 32, 1, 1),
  /// A word is four levels.
  Q8_0(BlockFormat.Q8_0, 8, 32, 0, 1, 0);

  /// Lines of a strip.
  static final int LINES = 16;

  private static final InterleavedLayout[] LAYOUTS = values();

  private final BlockFormat format;
  private final int bits;
  private final int group;
  private final int offset;
  private final int halves;
  private final int groupBytes;

  InterleavedLayout(
      BlockFormat format, int bits, int group, int offset, int halves, int groupBytes) {
    this.format = format;
    this.bits = bits;
    this.group = group;
    this.offset = offset;
    this.halves = halves;
    this.groupBytes = groupBytes;
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

  /// Whether a group has a scale of its own, which is multiplied with that of the block.
  boolean hasGroupScales() {
    return groupBytes > 0;
  }

  /// Groups of a block.
  int groups() {
    return format.elements() / group;
  }

  /// Bytes of the scales of a block in a strip.
  int scaleBytes() {
    return LINES * (Short.BYTES * halves + groupBytes * (hasGroupScales() ? groups() : 0));
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
