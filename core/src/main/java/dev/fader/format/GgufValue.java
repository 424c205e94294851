package dev.fader.format;

import java.lang.foreign.MemorySegment;

/// One value of GGUF metadata: where its bytes are, and what they are. They were checked.
///
/// @param type of the value
/// @param elementType of the elements of an array, else the same as `type`
/// @param count elements; 1 for what is no array
/// @param start the first byte of the value or of the first element
/// @param end the byte after it
/// @param index where every [GgufStrings#STRIDE]th element of an array of strings begins
@SuppressWarnings("ArrayRecordComponent") // never compared
record GgufValue(
    GgufValueType type, GgufValueType elementType, long count, long start, long end, long[] index) {

  boolean isArray() {
    return type == GgufValueType.ARRAY;
  }

  /// Element `i` of fixed size, a whole number.
  ///
  /// @throws ArithmeticException if it does not fit a `long`
  long integer(MemorySegment data, long i) {
    long at = start + i * elementType.leastBytes();
    return switch (elementType) {
      case UINT8, BOOL -> data.get(LittleEndian.BYTE, at) & 0xff;
      case INT8 -> data.get(LittleEndian.BYTE, at);
      case UINT16 -> Short.toUnsignedInt(data.get(LittleEndian.SHORT, at));
      case INT16 -> data.get(LittleEndian.SHORT, at);
      case UINT32 -> Integer.toUnsignedLong(data.get(LittleEndian.INT, at));
      case INT32 -> data.get(LittleEndian.INT, at);
      case UINT64 -> positive(data.get(LittleEndian.LONG, at));
      case INT64 -> data.get(LittleEndian.LONG, at);
      case FLOAT32, FLOAT64, STRING, ARRAY -> throw new IllegalStateException("no whole number");
    };
  }

  private static long positive(long value) {
    if (value < 0) {
      throw new ArithmeticException(Long.toUnsignedString(value));
    }
    return value;
  }

  /// Element `i` of fixed size, any number.
  double number(MemorySegment data, long i) {
    long at = start + i * elementType.leastBytes();
    return switch (elementType) {
      case FLOAT32 -> data.get(LittleEndian.FLOAT, at);
      case FLOAT64 -> data.get(LittleEndian.DOUBLE, at);
      default -> (double) integer(data, i);
    };
  }
}
