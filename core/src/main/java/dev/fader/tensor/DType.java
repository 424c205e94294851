package dev.fader.tensor;

import dev.fader.quantization.BlockFormat;
import org.jspecify.annotations.Nullable;

/// How the elements of a tensor are stored. Arithmetic is float32 whatever the storage.
///
/// Elements are stored in blocks of [#blockSize()] elements that take [#bytesPerBlock()] bytes,
/// which is one element per block for the plain types. The types with larger blocks are those of
/// GGUF files under their names in ggml: quantised weights, whose rows are whole blocks and which
/// are written whole.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public enum DType {
  /// IEEE 754 binary32.
  FLOAT32(1, 4),
  /// IEEE 754 binary16.
  FLOAT16(1, 2),
  /// The upper half of a binary32: eight bits of exponent, seven of fraction.
  BFLOAT16(1, 2),
  /// Two's complement, one byte.
  INT8(1, 1),
  /// Two's complement, two bytes.
  INT16(1, 2),
  /// Two's complement, four bytes: token ids.
  INT32(1, 4),
  /// Two's complement, eight bytes.
  INT64(1, 8),
  /// IEEE 754 binary64.
  FLOAT64(1, 8),

  /// Four bits an element, symmetric, a float16 scale.
  Q4_0(BlockFormat.Q4_0),
  /// Four bits an element, a float16 scale and minimum.
  Q4_1(BlockFormat.Q4_1),
  /// Five bits an element, symmetric, a float16 scale.
  Q5_0(BlockFormat.Q5_0),
  /// Five bits an element, a float16 scale and minimum.
  Q5_1(BlockFormat.Q5_1),
  /// Eight bits an element, a float16 scale.
  Q8_0(BlockFormat.Q8_0),
  /// Two bits an element, sixteen sub-blocks with scales and minima of four bits.
  Q2_K(BlockFormat.Q2_K),
  /// Three bits an element, sixteen sub-blocks with scales of six bits.
  Q3_K(BlockFormat.Q3_K),
  /// Four bits an element, eight sub-blocks with scales and minima of six bits.
  Q4_K(BlockFormat.Q4_K),
  /// Five bits an element, eight sub-blocks with scales and minima of six bits.
  Q5_K(BlockFormat.Q5_K),
  /// Six bits an element, sixteen sub-blocks with scales of eight bits.
  Q6_K(BlockFormat.Q6_K),
  /// Four bits an element that choose from sixteen uneven levels.
  IQ4_NL(BlockFormat.IQ4_NL),
  /// The levels of [#IQ4_NL], eight sub-blocks with scales of six bits.
  IQ4_XS(BlockFormat.IQ4_XS),
  /// Four-bit floating point (E2M1) with a power of two as scale (OCP Microscaling Formats 1.0).
  MXFP4(BlockFormat.MXFP4),
  /// The numbers of [#MXFP4], four sub-blocks with scales of eight bits (E4M3).
  NVFP4(BlockFormat.NVFP4),
  /// A sign an element, a float16 scale.
  Q1_0(BlockFormat.Q1_0),
  /// Ternary, five elements a byte.
  TQ1_0(BlockFormat.TQ1_0),
  /// Ternary, four elements a byte.
  TQ2_0(BlockFormat.TQ2_0),
  /// A lattice of ternary vectors of eight, 1.56 bits an element.
  IQ1_S(BlockFormat.IQ1_S),
  /// A lattice of ternary vectors of eight, 1.75 bits an element.
  IQ1_M(BlockFormat.IQ1_M),
  /// A lattice of vectors of eight, 2.06 bits an element.
  IQ2_XXS(BlockFormat.IQ2_XXS),
  /// A lattice of vectors of eight, 2.31 bits an element.
  IQ2_XS(BlockFormat.IQ2_XS),
  /// A lattice of vectors of eight, 2.56 bits an element.
  IQ2_S(BlockFormat.IQ2_S),
  /// A lattice of vectors of four, 3.06 bits an element.
  IQ3_XXS(BlockFormat.IQ3_XXS),
  /// A lattice of vectors of four, 3.44 bits an element.
  IQ3_S(BlockFormat.IQ3_S);

  private final int blockSize;
  private final int bytesPerBlock;
  private final @Nullable BlockFormat blockFormat;

  DType(int blockSize, int bytesPerBlock) {
    this.blockSize = blockSize;
    this.bytesPerBlock = bytesPerBlock;
    blockFormat = null;
  }

  DType(BlockFormat blockFormat) {
    blockSize = blockFormat.elements();
    bytesPerBlock = blockFormat.bytes();
    this.blockFormat = blockFormat;
  }

  /// Elements per block.
  public int blockSize() {
    return blockSize;
  }

  /// Bytes per block.
  public int bytesPerBlock() {
    return bytesPerBlock;
  }

  /// Whether this is one of the block types of GGUF files.
  public boolean isQuantized() {
    return blockFormat != null;
  }

  /// The layout of a block.
  ///
  /// @throws UnsupportedOperationException if this is not [#isQuantized]
  public BlockFormat blockFormat() {
    if (blockFormat == null) {
      throw new UnsupportedOperationException(this + " is not stored in blocks");
    }
    return blockFormat;
  }

  /// The bytes that `elements` elements take.
  ///
  /// @throws ArithmeticException if the product does not fit a `long`
  /// @throws IllegalArgumentException if `elements` is negative or no multiple of the block size
  public long bytesFor(long elements) {
    if (elements < 0 || elements % blockSize != 0) {
      throw new IllegalArgumentException(
          "%d elements cannot be stored as %s: its blocks hold %d"
              .formatted(elements, this, blockSize));
    }
    return Math.multiplyExact(elements / blockSize, (long) bytesPerBlock);
  }

  /// The bytes that a tensor of this shape takes. Its rows must be whole blocks.
  ///
  /// @throws ArithmeticException if they do not fit a `long`
  /// @throws IllegalArgumentException if the last dimension is no multiple of the block size
  public long bytesFor(Shape shape) {
    long row = shape.rank() == 0 ? 1 : shape.dimension(shape.rank() - 1);
    if (row % blockSize != 0) {
      throw new IllegalArgumentException(
          "%s cannot be stored as %s: rows of %d are no whole blocks of %d"
              .formatted(shape, this, row, blockSize));
    }
    return bytesFor(shape.elements());
  }
}
