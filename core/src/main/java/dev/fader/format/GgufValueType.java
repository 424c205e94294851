package dev.fader.format;

import java.util.Optional;

/// The value types of GGUF metadata, in the order of their numbers.
///
/// Source: [GGUF](https://github.com/ggml-org/ggml/blob/master/docs/gguf.md),
/// `gguf_metadata_value_type`.
public enum GgufValueType {
  UINT8(0, 1),
  INT8(1, 1),
  UINT16(2, 2),
  INT16(3, 2),
  UINT32(4, 4),
  INT32(5, 4),
  FLOAT32(6, 4),
  BOOL(7, 1),
  /// A length and UTF-8.
  STRING(8, 8),
  /// A type, a count and the elements.
  ARRAY(9, 12),
  UINT64(10, 8),
  INT64(11, 8),
  FLOAT64(12, 8);

  private final int id;
  private final int leastBytes;

  GgufValueType(int id, int leastBytes) {
    this.id = id;
    this.leastBytes = leastBytes;
  }

  static Optional<GgufValueType> of(int id) {
    for (GgufValueType type : values()) {
      if (type.id == id) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /// Its number in the file.
  int id() {
    return id;
  }

  /// The size of a value in bytes, or the minimum size.
  int leastBytes() {
    return leastBytes;
  }

  /// Whether it is an integer type.
  boolean isInteger() {
    return switch (this) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
      case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 -> false;
    };
  }

  /// Whether it is a floating-point type.
  boolean isReal() {
    return this == FLOAT32 || this == FLOAT64;
  }
}
