package dev.fader.format;

import dev.fader.tensor.DType;
import java.util.Optional;

/// The element types of GGUF tensors, by ggml's names.
///
/// Elements are stored in blocks of [#blockSize()] elements that take [#bytesPerBlock()] bytes; a
/// row is a whole number of blocks.
///
/// Source: [GGUF](https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), `ggml_type`.
public enum GgufType {
  F32(0, DType.FLOAT32),
  F16(1, DType.FLOAT16),
  Q4_0(2, DType.Q4_0),
  Q4_1(3, DType.Q4_1),
  Q5_0(6, DType.Q5_0),
  Q5_1(7, DType.Q5_1),
  Q8_0(8, DType.Q8_0),
  Q8_1(9, 32, 36),
  Q2_K(10, DType.Q2_K),
  Q3_K(11, DType.Q3_K),
  Q4_K(12, DType.Q4_K),
  Q5_K(13, DType.Q5_K),
  Q6_K(14, DType.Q6_K),
  Q8_K(15, 256, 292),
  IQ2_XXS(16, DType.IQ2_XXS),
  IQ2_XS(17, DType.IQ2_XS),
  IQ3_XXS(18, DType.IQ3_XXS),
  IQ1_S(19, DType.IQ1_S),
  IQ4_NL(20, DType.IQ4_NL),
  IQ3_S(21, DType.IQ3_S),
  IQ2_S(22, DType.IQ2_S),
  IQ4_XS(23, DType.IQ4_XS),
  I8(24, DType.INT8),
  I16(25, DType.INT16),
  I32(26, DType.INT32),
  I64(27, DType.INT64),
  F64(28, DType.FLOAT64),
  IQ1_M(29, DType.IQ1_M),
  BF16(30, DType.BFLOAT16),
  TQ1_0(34, DType.TQ1_0),
  TQ2_0(35, DType.TQ2_0),
  MXFP4(39, DType.MXFP4),
  NVFP4(40, DType.NVFP4),
  Q1_0(41, DType.Q1_0);

  private final int id;
  private final int blockSize;
  private final int bytesPerBlock;
  private final Optional<DType> tensorType;

  GgufType(int id, int blockSize, int bytesPerBlock) {
    this(id, blockSize, bytesPerBlock, Optional.empty());
  }

  GgufType(int id, DType type) {
    this(id, type.blockSize(), type.bytesPerBlock(), Optional.of(type));
  }

  GgufType(int id, int blockSize, int bytesPerBlock, Optional<DType> tensorType) {
    this.id = id;
    this.blockSize = blockSize;
    this.bytesPerBlock = bytesPerBlock;
    this.tensorType = tensorType;
  }

  /// The type with this number, if there is one: some numbers are no longer used.
  static Optional<GgufType> of(int id) {
    for (GgufType type : values()) {
      if (type.id == id) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /// The type in the file for a [DType].
  public static GgufType of(DType type) {
    for (GgufType stored : values()) {
      if (stored.tensorType.equals(Optional.of(type))) {
        return stored;
      }
    }
    throw new IllegalArgumentException("no GGUF file stores " + type);
  }

  /// The [DType] with the same representation, if there is one.
  public Optional<DType> tensorType() {
    return tensorType;
  }

  /// Its number in the file.
  int id() {
    return id;
  }

  /// Elements per block.
  public int blockSize() {
    return blockSize;
  }

  /// Bytes per block.
  public int bytesPerBlock() {
    return bytesPerBlock;
  }

  /// Whether the elements are floating-point, possibly quantized.
  public boolean isFloatingPoint() {
    return switch (this) {
      case I8, I16, I32, I64 -> false;
      default -> true;
    };
  }

  /// The size in bytes of `elements` elements in rows of whole blocks.
  ///
  /// @throws ArithmeticException if that does not fit a `long`
  long bytesFor(long elements) {
    return Math.multiplyExact(elements / blockSize, (long) bytesPerBlock);
  }
}
