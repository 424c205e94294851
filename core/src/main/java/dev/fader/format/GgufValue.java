package dev.fader.format;

import java.lang.foreign.MemorySegment;

/// The location and type of one value of GGUF metadata, already validated.
///
/// @param type of the value
/// @param elementType of the elements of an array, else the same as `type`
/// @param count number of elements; 1 if it is not an array
/// @param start the first byte of the value or of the first element
/// @param end the byte after it
/// @param index the position of every [GgufStrings#STRIDE]th element of an array of strings
@SuppressWarnings("ArrayRecordComponent") // never compared
record GgufValue(
    GgufValueType type, GgufValueType elementType, long count, long start, long end, long[] index) {

  boolean isArray() {
    return type == GgufValueType.ARRAY;
  }

  /// Element `i` of an integer type.
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

  /// Element `i` of a numeric type.
  double number(MemorySegment data, long i) {
    long at = start + i * elementType.leastBytes();
    return switch (elementType) {
      case FLOAT32 -> data.get(LittleEndian.FLOAT, at);
      case FLOAT64 -> data.get(LittleEndian.DOUBLE, at);
      default -> (double) integer(data, i);
    };
  }
}
