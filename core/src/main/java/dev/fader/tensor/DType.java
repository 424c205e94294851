package dev.fader.tensor;

/// How the elements of a tensor are stored. Arithmetic is float32 whatever the storage.
///
/// Elements are stored in blocks of [#blockSize()] elements that take [#bytesPerBlock()] bytes,
/// which is one element per block for the plain types.
public enum DType {
  /// IEEE 754 binary32.
  FLOAT32(1, 4),
  /// IEEE 754 binary16.
  FLOAT16(1, 2),
  /// The upper half of a binary32: eight bits of exponent, seven of fraction.
  BFLOAT16(1, 2),
  /// Two's complement, one byte.
  INT8(1, 1),
  /// Two's complement, four bytes: token ids.
  INT32(1, 4);

  private final int blockSize;
  private final int bytesPerBlock;

  DType(int blockSize, int bytesPerBlock) {
    this.blockSize = blockSize;
    this.bytesPerBlock = bytesPerBlock;
  }

  /// Elements per block.
  public int blockSize() {
    return blockSize;
  }

  /// Bytes per block.
  public int bytesPerBlock() {
    return bytesPerBlock;
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
}
