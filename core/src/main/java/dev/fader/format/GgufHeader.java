package dev.fader.format;

import dev.fader.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The part of a GGUF file before the data: metadata, and the tensors' descriptions.
///
/// @param metadata the values
/// @param entries the tensors in the order of the file
/// @param end the byte after the header; the data begins at the next multiple of the alignment
record GgufHeader(GgufMetadata metadata, List<Entry> entries, long end) {
  private static final String ALIGNMENT = "general.alignment";
  private static final long DEFAULT_ALIGNMENT = 32;
  private static final long LEAST_ALIGNMENT = 8;
  private static final long MOST_ALIGNMENT = 1L << 31;

  /// One tensor.
  ///
  /// @param offset its first byte, counted from the start of the data
  /// @param bytes its size
  /// @param place where the offset is in the file
  record Entry(String name, GgufType type, Shape shape, long offset, long bytes, long place) {
    String field() {
      return "tensor " + FormatException.quoted(name);
    }
  }

  GgufHeader {
    entries = List.copyOf(entries);
  }

  /// The tensors over the mapped bytes, in the order of the file.
  ///
  /// @throws FormatException if tensors overlap or leave a gap, or the file does not end after the
  ///   last one and its optional padding
  SequencedMap<String, GgufTensor> map(MemorySegment data) throws FormatException {
    Path file = metadata.file();
    long alignment = alignment();
    long dataStart = aligned(end, alignment);
    checkLayout(data.byteSize(), dataStart, alignment);
    var tensors = new LinkedHashMap<String, GgufTensor>();
    for (Entry entry : entries) {
      long start = entry.bytes == 0 ? 0 : dataStart + entry.offset;
      var bytes = data.asSlice(start, entry.bytes);
      tensors.put(
          entry.name, new GgufTensor(entry.name, entry.type, entry.shape, file, start, bytes));
    }
    return tensors;
  }

  private long alignment() throws FormatException {
    long alignment = metadata.integer(ALIGNMENT).orElse(DEFAULT_ALIGNMENT);
    if (alignment < LEAST_ALIGNMENT
        || alignment > MOST_ALIGNMENT
        || Long.bitCount(alignment) != 1) {
      throw metadata.wrong(
          ALIGNMENT, "is %d, and must be a power of two of at least 8".formatted(alignment));
    }
    return alignment;
  }

  /// Cannot overflow: both arguments were checked against the file's size.
  private static long aligned(long offset, long alignment) {
    return Math.ceilDiv(offset, alignment) * alignment;
  }

  private void checkLayout(long size, long dataStart, long alignment) throws FormatException {
    Path file = metadata.file();
    var inOrder = new ArrayList<>(entries);
    inOrder.sort(Comparator.comparingLong(Entry::offset).thenComparingLong(Entry::bytes));
    long room = Math.max(size - dataStart, 0);
    long expected = 0; // the start of the next tensor
    long last = 0; // the end of the last one without padding
    for (Entry entry : inOrder) {
      checkPlace(entry, expected, room);
      last = entry.offset + entry.bytes;
      expected = aligned(last, alignment);
    }
    long limit = entries.isEmpty() ? dataStart : dataStart + expected;
    if (size > limit) {
      throw FormatException.at(
          file, limit, "%d bytes follow the last tensor".formatted(size - limit));
    }
  }

  private void checkPlace(Entry entry, long expected, long room) throws FormatException {
    Path file = metadata.file();
    if (entry.offset < 0) {
      throw FormatException.at(
          file,
          entry.field(),
          entry.place,
          "its offset %s is too large".formatted(Long.toUnsignedString(entry.offset)));
    }
    if (entry.offset < expected) {
      throw FormatException.at(
          file,
          entry.field(),
          entry.place,
          "begins at byte %d of the data, and the one before it ends at %d: they overlap or are not aligned"
              .formatted(entry.offset, expected));
    }
    if (entry.offset > expected) {
      throw FormatException.at(
          file,
          entry.field(),
          entry.place,
          "begins at byte %d of the data, and %d bytes before it belong to no tensor"
              .formatted(entry.offset, entry.offset - expected));
    }
    if (entry.bytes > room - Math.min(entry.offset, room)) {
      throw FormatException.at(
          file,
          entry.field(),
          entry.place,
          "takes %d bytes from byte %d of the data, which has %d: the file is truncated"
              .formatted(entry.bytes, entry.offset, room));
    }
  }
}
