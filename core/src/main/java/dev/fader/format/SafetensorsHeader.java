package dev.fader.format;

import dev.fader.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// The header of a safetensors file, validated against the file: eight bytes with the length of a
/// JSON object, the object, then the bytes of the tensors without a gap.
///
/// @param dataStart where the data begins, in bytes from the start of the file
/// @param entries the tensors in the order of their bytes
/// @param metadata the strings in `__metadata__`
record SafetensorsHeader(long dataStart, List<Entry> entries, Map<String, String> metadata) {
  /// The size of the length field.
  static final int PREFIX = 8;

  /// The longest header that the reference implementation accepts.
  static final int LONGEST = 100_000_000;

  /// One tensor.
  ///
  /// @param begin its first byte, counted from the start of the data
  /// @param end the byte after its last
  record Entry(String name, StorageType type, Shape shape, long begin, long end) {}

  /// Reads and validates the header. Allocation is proportional to its actual length.
  ///
  /// @throws FormatException if the file is truncated or inconsistent
  static SafetensorsHeader read(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < PREFIX) {
      throw new FormatException(
          file,
          "has " + size + " bytes, too few for a safetensors file: download or write it anew");
    }
    long length = readFully(file, channel, 0, PREFIX).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    if (length < 0 || length > LONGEST) {
      throw FormatException.at(
          file,
          0,
          "its header would be "
              + Long.toUnsignedString(length)
              + " bytes long, and no more than "
              + LONGEST
              + " can be: this is not a safetensors file");
    }
    if (length > size - PREFIX) {
      throw FormatException.at(
          file,
          0,
          "its header would be %d bytes long, and only %d follow: the file is truncated or no safetensors file"
              .formatted(length, size - PREFIX));
    }
    byte[] json = readFully(file, channel, PREFIX, (int) length).array();
    var parsed = new SafetensorsHeaderParser(file, json).parse();
    var header =
        new SafetensorsHeader(PREFIX + length, inOrderOfBytes(parsed.entries()), parsed.metadata());
    header.checkLayout(file, size);
    return header;
  }

  private static List<Entry> inOrderOfBytes(List<Entry> entries) {
    var sorted = new ArrayList<>(entries);
    sorted.sort(
        Comparator.comparingLong(Entry::begin)
            .thenComparingLong(Entry::end)
            .thenComparing(Entry::name));
    return List.copyOf(sorted);
  }

  private static ByteBuffer readFully(Path file, FileChannel channel, long position, int length)
      throws IOException {
    var buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new FormatException(file, "became shorter while it was read");
      }
    }
    return buffer.flip();
  }

  /// Checks that tensors do not overlap or leave gaps, and that the file ends with the last one.
  private void checkLayout(Path file, long size) throws FormatException {
    long expected = 0;
    for (Entry entry : entries) {
      String field = "tensor " + FormatException.quoted(entry.name);
      if (entry.begin < expected) {
        throw FormatException.at(
            file, field, dataStart + entry.begin, "overlaps the tensor before it");
      }
      if (entry.begin > expected) {
        throw FormatException.at(
            file,
            field,
            dataStart + expected,
            "follows %d bytes that belong to no tensor".formatted(entry.begin - expected));
      }
      if (entry.end > size - dataStart) {
        throw FormatException.at(
            file,
            field,
            size,
            "ends at byte %d of the data, which has %d: the file is truncated"
                .formatted(entry.end, size - dataStart));
      }
      expected = entry.end;
    }
    if (expected != size - dataStart) {
      throw FormatException.at(
          file,
          dataStart + expected,
          "%d bytes follow the last tensor".formatted(size - dataStart - expected));
    }
  }
}
