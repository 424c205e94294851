package dev.fader.format;

import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/// The element types of safetensors files, by the names of the format.
///
/// Some correspond to a [DType] and can be mapped; most others have a float32 value.
///
/// Source: [safetensors format](https://github.com/huggingface/safetensors#format).
public enum StorageType {
  BOOL(8),
  F4(4),
  F6_E2M3(6),
  F6_E3M2(6),
  U8(8),
  I8(8),
  F8_E5M2(8),
  F8_E4M3(8),
  F8_E8M0(8),
  I16(16),
  U16(16),
  F16(16),
  BF16(16),
  I32(32),
  U32(32),
  F32(32),
  C64(64),
  F64(64),
  I64(64),
  U64(64);

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int bits;

  StorageType(int bits) {
    this.bits = bits;
  }

  /// The type in the file for a [DType].
  ///
  /// @throws IllegalArgumentException if there is none: for quantized types
  static StorageType of(DType type) {
    return switch (type) {
      case FLOAT32 -> F32;
      case FLOAT16 -> F16;
      case BFLOAT16 -> BF16;
      case INT8 -> I8;
      case INT16 -> I16;
      case INT32 -> I32;
      case INT64 -> I64;
      case FLOAT64 -> F64;
      default -> throw new IllegalArgumentException("a safetensors file cannot hold " + type);
    };
  }

  /// The [DType] with the same representation, if there is one.
  public Optional<DType> tensorType() {
    return switch (this) {
      case F32 -> Optional.of(DType.FLOAT32);
      case F16 -> Optional.of(DType.FLOAT16);
      case BF16 -> Optional.of(DType.BFLOAT16);
      case F64 -> Optional.of(DType.FLOAT64);
      case I8 -> Optional.of(DType.INT8);
      case I16 -> Optional.of(DType.INT16);
      case I32 -> Optional.of(DType.INT32);
      case I64 -> Optional.of(DType.INT64);
      default -> Optional.empty();
    };
  }

  /// Whether the elements are floating-point.
  public boolean isFloatingPoint() {
    return switch (this) {
      case F4, F6_E2M3, F6_E3M2, F8_E5M2, F8_E4M3, F8_E8M0, F16, BF16, F32, F64 -> true;
      case BOOL, U8, I8, I16, U16, I32, U32, C64, I64, U64 -> false;
    };
  }

  /// Whether kernels can multiply by elements of this type, so that weights need no conversion.
  public boolean isMultiplied() {
    return switch (this) {
      case F32, F16, BF16 -> true;
      default -> false;
    };
  }

  /// Whether an element can be converted to float32. Complex numbers and sub-byte elements are not
  /// supported.
  public boolean isReadable() {
    return switch (this) {
      case F4, F6_E2M3, F6_E3M2, C64 -> false;
      default -> true;
    };
  }

  /// The size of `elements` elements in bytes.
  ///
  /// @throws ArithmeticException if it overflows a `long` or is not a whole number of bytes
  long bytesFor(long elements) {
    long total = Math.multiplyExact(elements, bits);
    if (total % Byte.SIZE != 0) {
      throw new ArithmeticException("no whole number of bytes");
    }
    return total / Byte.SIZE;
  }

  /// Element `index` of `data`, converted to float32.
  float toFloat(MemorySegment data, long index) {
    return switch (this) {
      case BOOL -> data.get(ValueLayout.JAVA_BYTE, index) == 0 ? 0 : 1;
      case U8 -> Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, index));
      case I8 -> data.get(ValueLayout.JAVA_BYTE, index);
      case F8_E5M2 -> Float.float16ToFloat((short) (data.get(ValueLayout.JAVA_BYTE, index) << 8));
      case F8_E4M3 -> float8e4m3(data.get(ValueLayout.JAVA_BYTE, index));
      case F8_E8M0 -> float8e8m0(Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, index)));
      case I16 -> data.get(SHORT, index * 2);
      case U16 -> Short.toUnsignedInt(data.get(SHORT, index * 2));
      case F16 -> Float.float16ToFloat(data.get(SHORT, index * 2));
      case BF16 -> Float.intBitsToFloat(data.get(SHORT, index * 2) << 16);
      case I32 -> data.get(INT, index * 4);
      case U32 -> Integer.toUnsignedLong(data.get(INT, index * 4));
      case F32 -> data.get(FLOAT, index * 4);
      case F64 -> (float) data.get(DOUBLE, index * 8);
      case I64 -> data.get(LONG, index * 8);
      case U64 -> unsigned(data.get(LONG, index * 8));
      case F4, F6_E2M3, F6_E3M2, C64 ->
          throw new UnsupportedOperationException(this + " has no float32 value");
    };
  }

  /// Four bits of exponent with a bias of 7, three of fraction, no infinities, one NaN of each sign
  /// (Micikevicius et al. 2022, "FP8 Formats for Deep Learning", E4M3).
  private static float float8e4m3(byte value) {
    int exponent = (value >> 3) & 0xf;
    int fraction = value & 7;
    if (exponent == 0xf && fraction == 7) {
      return Float.NaN;
    }
    float magnitude =
        exponent == 0
            ? Math.scalb((float) fraction, -9)
            : Math.scalb((float) (8 + fraction), exponent - 10);
    return value < 0 ? -magnitude : magnitude;
  }

  /// A power of two (OCP Microscaling Formats 1.0, E8M0).
  private static float float8e8m0(int exponent) {
    return exponent == 0xff ? Float.NaN : Math.scalb(1f, exponent - 127);
  }

  private static float unsigned(long value) {
    if (value >= 0) {
      return value;
    }
    // Halved to fit; the bit that is shifted out must still decide how a tie rounds.
    return ((value >>> 1) | (value & 1)) * 2f;
  }
}
