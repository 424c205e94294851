package dev.fader.format;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Predicate;

/// Builds the metadata of a GGUF file: typed values in order. Methods are named after the types of
/// the format, as programs expect exact types. A key that is set again keeps its position.
public final class GgufMetadataBuilder {
  private static final int LONGEST_KEY = 65_535;

  /// Keys that the writer sets itself.
  private static final String ALIGNMENT = "general.alignment";

  private static final String SPLIT = "split.";

  private final SequencedMap<String, byte[]> fields = new LinkedHashMap<>(); // type and value

  /// Without values.
  public GgufMetadataBuilder() {}

  /// All keys, in order.
  public SequencedSet<String> keys() {
    return Collections.unmodifiableSequencedSet(fields.sequencedKeySet());
  }

  /// A string.
  public GgufMetadataBuilder text(String key, String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    return put(
        key, type(GgufValueType.STRING, Long.BYTES + utf8.length).putLong(utf8.length).put(utf8));
  }

  /// An integer from 0 to 4294967295, as for sizes and token ids.
  ///
  /// @throws IllegalArgumentException if it is out of range
  public GgufMetadataBuilder uint32(String key, long value) {
    if (value < 0 || value >> Integer.SIZE != 0) {
      throw new IllegalArgumentException("%s cannot be %d".formatted(key, value));
    }
    return put(key, type(GgufValueType.UINT32, Integer.BYTES).putInt((int) value));
  }

  /// A float32.
  public GgufMetadataBuilder float32(String key, double value) {
    return put(key, type(GgufValueType.FLOAT32, Float.BYTES).putFloat((float) value));
  }

  /// A boolean.
  public GgufMetadataBuilder bool(String key, boolean value) {
    return put(key, type(GgufValueType.BOOL, 1).put((byte) (value ? 1 : 0)));
  }

  /// A list of strings.
  public GgufMetadataBuilder strings(String key, List<String> values) {
    var bytes = new ByteArrayOutputStream();
    var length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (String value : values) {
      byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
      bytes.writeBytes(length.putLong(0, utf8.length).array());
      bytes.writeBytes(utf8);
    }
    return put(
        key, array(GgufValueType.STRING, values.size(), bytes.size()).put(bytes.toByteArray()));
  }

  /// A list of integers.
  public GgufMetadataBuilder int32s(String key, int[] values) {
    var buffer = array(GgufValueType.INT32, values.length, (long) Integer.BYTES * values.length);
    for (int value : values) {
      buffer.putInt(value);
    }
    return put(key, buffer);
  }

  /// A list of integers of at least 0.
  public GgufMetadataBuilder uint32s(String key, List<Integer> values) {
    var buffer = array(GgufValueType.UINT32, values.size(), (long) Integer.BYTES * values.size());
    values.forEach(buffer::putInt);
    return put(key, buffer);
  }

  /// A list of bytes.
  public GgufMetadataBuilder uint8s(String key, byte[] values) {
    return put(key, array(GgufValueType.UINT8, values.length, values.length).put(values));
  }

  /// A list of float32 numbers.
  public GgufMetadataBuilder float32s(String key, float[] values) {
    var buffer = array(GgufValueType.FLOAT32, values.length, (long) Float.BYTES * values.length);
    for (float value : values) {
      buffer.putFloat(value);
    }
    return put(key, buffer);
  }

  /// A list of booleans.
  public GgufMetadataBuilder bools(String key, boolean[] values) {
    var buffer = array(GgufValueType.BOOL, values.length, values.length);
    for (boolean value : values) {
      buffer.put((byte) (value ? 1 : 0));
    }
    return put(key, buffer);
  }

  /// Copies `metadata`, except the keys about the layout of its own file.
  public GgufMetadataBuilder copy(GgufMetadata metadata) {
    for (String key : metadata.keys()) {
      if (!key.equals(ALIGNMENT) && !key.startsWith(SPLIT)) {
        copy(metadata, key);
      }
    }
    return this;
  }

  /// Takes keys away.
  public GgufMetadataBuilder removeIf(Predicate<String> unwanted) {
    fields.keySet().removeIf(unwanted);
    return this;
  }

  /// Copies one value of `metadata`.
  public GgufMetadataBuilder copy(GgufMetadata metadata, String key) {
    fields.put(key, metadata.bytes(key).toArray(ValueLayout.JAVA_BYTE));
    return this;
  }

  private static ByteBuffer type(GgufValueType type, long bytes) {
    return ByteBuffer.allocate(Math.toIntExact(Integer.BYTES + bytes))
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(type.id());
  }

  private static ByteBuffer array(GgufValueType elements, int count, long bytes) {
    return type(GgufValueType.ARRAY, GgufValueType.ARRAY.leastBytes() + bytes)
        .putInt(elements.id())
        .putLong(count);
  }

  private GgufMetadataBuilder put(String key, ByteBuffer value) {
    if (key.isEmpty() || key.getBytes(StandardCharsets.UTF_8).length > LONGEST_KEY) {
      throw new IllegalArgumentException(
          FormatException.quoted(key) + " cannot be a key of a GGUF file");
    }
    if (key.equals(ALIGNMENT) || key.startsWith(SPLIT)) {
      throw new IllegalArgumentException(key + " is not for others to set");
    }
    byte[] bytes = new byte[value.position()];
    value.flip().get(bytes);
    fields.put(key, bytes);
    return this;
  }

  /// These values as the reader of a file would find them.
  ///
  /// @param name of the file in errors
  public GgufMetadata metadata(Path name) {
    byte[] header = new GgufContent(this, List.of()).header().array();
    try {
      return new GgufHeaderParser(name, MemorySegment.ofArray(header)).parse().metadata();
    } catch (FormatException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// Whether there is a value under this key.
  public boolean has(String key) {
    return fields.containsKey(key);
  }

  int count() {
    return fields.size();
  }

  long bytes() {
    long bytes = 0;
    for (var field : fields.entrySet()) {
      bytes +=
          Long.BYTES
              + field.getKey().getBytes(StandardCharsets.UTF_8).length
              + field.getValue().length;
    }
    return bytes;
  }

  void writeTo(ByteBuffer header) {
    for (var field : fields.entrySet()) {
      byte[] key = field.getKey().getBytes(StandardCharsets.UTF_8);
      header.putLong(key.length).put(key).put(field.getValue());
    }
  }
}
