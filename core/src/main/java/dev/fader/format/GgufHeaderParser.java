package dev.fader.format;

import dev.fader.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;

/// Parses the part of a GGUF file before the data, in one pass and without recursion. Allocation is
/// proportional to the bytes read.
final class GgufHeaderParser {
  private static final int MAGIC = 0x46554747; // "GGUF"
  private static final int OLDEST = 2;
  private static final int NEWEST = 3;
  private static final int LONGEST_KEY = 65_535;
  private static final int LONGEST_NAME = 64;
  private static final int MOST_DIMENSIONS = 4;

  /// Nesting limit of arrays. Files of models have no nested ones.
  private static final int DEEPEST = 8;

  private static final int LEAST_VALUE = Long.BYTES + Integer.BYTES + 1;
  private static final int LEAST_TENSOR = Long.BYTES + Integer.BYTES + Integer.BYTES + Long.BYTES;
  private static final long[] NO_INDEX = {};

  private final GgufCursor cursor;

  GgufHeaderParser(Path file, MemorySegment data) {
    this.cursor = new GgufCursor(file, data);
  }

  GgufHeader parse() throws FormatException {
    checkVersion();
    long tensors = cursor.count("tensors", LEAST_TENSOR);
    long values = cursor.count("values", LEAST_VALUE);
    var metadata = new GgufMetadata(cursor.file(), cursor.data(), values(values));
    var entries = tensors(tensors);
    return new GgufHeader(metadata, entries, cursor.position());
  }

  private void checkVersion() throws FormatException {
    if (cursor.int32("the magic number") != MAGIC) {
      throw cursor.wrong(0, "does not begin with GGUF: this is not a GGUF file");
    }
    int version = cursor.int32("the version");
    if (version != 0 && (version & 0xffff) == 0) {
      throw cursor.wrong(
          Integer.BYTES,
          "the version is %d in big-endian order, which is not read: take or write a little-endian file"
              .formatted(Integer.reverseBytes(version)));
    }
    if (version == 1) {
      throw cursor.wrong(
          Integer.BYTES, "the version is 1, which is no longer read: convert the model anew");
    }
    if (version < OLDEST || version > NEWEST) {
      throw cursor.wrong(
          Integer.BYTES,
          "the version is %s, and only %d and %d are known"
              .formatted(Integer.toUnsignedString(version), OLDEST, NEWEST));
    }
  }

  private SequencedMap<String, GgufValue> values(long count) throws FormatException {
    var values = new LinkedHashMap<String, GgufValue>();
    for (long i = 0; i < count; i++) {
      cursor.enter("value " + i);
      long start = cursor.position();
      String key = cursor.name("its key", LONGEST_KEY);
      cursor.enter(key);
      var value = value();
      if (values.put(key, value) != null) {
        throw cursor.wrong(start, "is there twice");
      }
    }
    return values;
  }

  private GgufValueType valueType() throws FormatException {
    long place = cursor.position();
    int id = cursor.int32("its type");
    return GgufValueType.of(id)
        .orElseThrow(() ->
            cursor.wrong(place, "unknown value type %s".formatted(Integer.toUnsignedString(id))));
  }

  private GgufValue value() throws FormatException {
    var type = valueType();
    if (type == GgufValueType.ARRAY) {
      return array();
    }
    long start = cursor.position();
    if (type == GgufValueType.STRING) {
      cursor.skipString("its text");
    } else {
      cursor.skip(type.leastBytes(), "its value");
    }
    return new GgufValue(type, type, 1, start, cursor.position(), NO_INDEX);
  }

  private GgufValue array() throws FormatException {
    var elementType = valueType();
    long count = cursor.count("elements", elementType.leastBytes());
    long start = cursor.position();
    long[] index = NO_INDEX;
    if (elementType == GgufValueType.STRING) {
      index = strings(count);
    } else if (elementType == GgufValueType.ARRAY) {
      skipArrays(count);
    } else {
      cursor.skip(count * elementType.leastBytes(), "its elements");
    }
    return new GgufValue(GgufValueType.ARRAY, elementType, count, start, cursor.position(), index);
  }

  private long[] strings(long count) throws FormatException {
    var index = new long[Math.toIntExact(Math.ceilDiv(count, GgufStrings.STRIDE))];
    for (long i = 0; i < count; i++) {
      if (i % GgufStrings.STRIDE == 0) {
        index[(int) (i / GgufStrings.STRIDE)] = cursor.position();
      }
      cursor.skipString("a text in it");
    }
    return index;
  }

  /// Skips `count` arrays, which may be nested.
  private void skipArrays(long count) throws FormatException {
    Deque<Long> left = new ArrayDeque<>(); // remaining arrays by depth
    left.push(count);
    while (!left.isEmpty()) {
      long arrays = left.pop();
      if (arrays == 0) {
        continue;
      }
      left.push(arrays - 1);
      long place = cursor.position();
      var elementType = valueType();
      long elements = cursor.count("elements", elementType.leastBytes());
      if (elementType == GgufValueType.ARRAY) {
        if (left.size() == DEEPEST) {
          throw cursor.wrong(place, "holds arrays more than " + DEEPEST + " deep");
        }
        left.push(elements);
      } else if (elementType == GgufValueType.STRING) {
        for (long i = 0; i < elements; i++) {
          cursor.skipString("a text in it");
        }
      } else {
        cursor.skip(elements * elementType.leastBytes(), "its elements");
      }
    }
  }

  private List<GgufHeader.Entry> tensors(long count) throws FormatException {
    var entries = new ArrayList<GgufHeader.Entry>();
    Set<String> names = new HashSet<>();
    for (long i = 0; i < count; i++) {
      cursor.enter("tensor " + i);
      long start = cursor.position();
      String name = cursor.name("its name", LONGEST_NAME);
      cursor.enter("tensor " + FormatException.quoted(name));
      if (!names.add(name)) {
        throw cursor.wrong(start, "is there twice");
      }
      entries.add(tensor(name));
    }
    return entries;
  }

  private GgufHeader.Entry tensor(String name) throws FormatException {
    long start = cursor.position();
    int rank = cursor.int32("the number of its dimensions");
    if (rank < 0 || rank > MOST_DIMENSIONS) {
      throw cursor.wrong(
          start,
          "has %s dimensions, and there can be no more than %d"
              .formatted(Integer.toUnsignedString(rank), MOST_DIMENSIONS));
    }
    var dimensions = new long[rank]; // Shape is outermost first, ggml's dimensions innermost first.
    for (int i = rank - 1; i >= 0; i--) {
      dimensions[i] = cursor.int64("a dimension");
    }
    long typePlace = cursor.position();
    int id = cursor.int32("its type");
    var type =
        GgufType.of(id)
            .orElseThrow(() ->
                cursor.wrong(
                    typePlace, "unknown tensor type %s".formatted(Integer.toUnsignedString(id))));
    long bytes = bytes(type, dimensions, start);
    long place = cursor.position();
    long offset = cursor.int64("its offset");
    return new GgufHeader.Entry(name, type, Shape.of(dimensions), offset, bytes, place);
  }

  /// The size of a tensor in bytes, in exact arithmetic.
  private long bytes(GgufType type, long[] dimensions, long start) throws FormatException {
    long row = dimensions.length == 0 ? 1 : dimensions[dimensions.length - 1];
    try {
      long elements = Shape.of(dimensions).elements();
      if (row % type.blockSize() != 0) {
        throw cursor.wrong(
            start,
            "%s of shape %s cannot be stored: its rows are not a multiple of %d"
                .formatted(type, Arrays.toString(dimensions), type.blockSize()));
      }
      return type.bytesFor(elements);
    } catch (IllegalArgumentException | ArithmeticException impossible) {
      throw cursor.wrong(
          start, "shape %s is negative or too large".formatted(Arrays.toString(dimensions)));
    }
  }
}
