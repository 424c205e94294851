package dev.fader.model;

import dev.fader.tensor.DType;

/// How keys and values are stored, and how much memory they may take.
///
/// @param type of a number: FLOAT16, BFLOAT16, FLOAT32 or Q8_0
/// @param bytes of all pages at most
/// @param rememberedBytes of pages that are kept only because another text may begin like one that
///   was read, at most; 0 to remember nothing
public record KeyValueLimits(DType type, long bytes, long rememberedBytes) {
  /// float16, no limit of its own, nothing remembered.
  public static final KeyValueLimits DEFAULTS =
      new KeyValueLimits(DType.FLOAT16, Long.MAX_VALUE, 0);

  /// @throws IllegalArgumentException if a number is negative or numbers cannot be stored so
  public KeyValueLimits {
    switch (type) {
      case FLOAT16, BFLOAT16, FLOAT32, Q8_0 -> {}
      default ->
          throw new IllegalArgumentException(
              "keys and values cannot be stored as %s: choose FLOAT16, BFLOAT16, FLOAT32 or Q8_0"
                  .formatted(type));
    }
    if (bytes < 0 || rememberedBytes < 0) {
      throw new IllegalArgumentException(
          "keys and values cannot take %d bytes, %d of them remembered"
              .formatted(bytes, rememberedBytes));
    }
  }

  /// A copy with another type.
  public KeyValueLimits withType(DType other) {
    return new KeyValueLimits(other, bytes, rememberedBytes);
  }

  /// A copy with another limit.
  public KeyValueLimits withBytes(long other) {
    return new KeyValueLimits(type, other, rememberedBytes);
  }

  /// A copy that remembers more or less.
  public KeyValueLimits withRememberedBytes(long other) {
    return new KeyValueLimits(type, bytes, other);
  }
}
