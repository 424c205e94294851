package dev.fader.format;

import java.util.Optional;

/// The types of GGUF metadata, in the order of their numbers.
///
/// Source: [GGUF](https://github.com/ggml-org/ggml/blob/master/docs/gguf.md),
/// `gguf_metadata_value_type`.
public enum GgufValueType {
  UINT8(1),
  INT8(1),
  UINT16(2),
  INT16(2),
  UINT32(4),
  INT32(4),
  FLOAT32(4),
  BOOL(1),
  /// A length and UTF-8.
  STRING(8),
  /// A type, a count and the elements.
  ARRAY(12),
  UINT64(8),
  INT64(8),
  FLOAT64(8);

  private final int leastBytes;

  GgufValueType(int leastBytes) {
    this.leastBytes = leastBytes;
  }

  static Optional<GgufValueType> of(int id) {
    return id >= 0 && id < values().length ? Optional.of(values()[id]) : Optional.empty();
  }

  /// The bytes of a value, or the fewest that it can take.
  int leastBytes() {
    return leastBytes;
  }

  /// Whether all values take the same bytes.
  boolean isFixed() {
    return this != STRING && this != ARRAY;
  }

  /// Whether it is a whole number.
  boolean isInteger() {
    return switch (this) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
      case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 -> false;
    };
  }

  /// Whether it is a number with a fraction.
  boolean isReal() {
    return this == FLOAT32 || this == FLOAT64;
  }
}
