package dev.fader.format;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.SequencedSet;

/// The metadata of a GGUF file: typed values by key, over the mapped bytes.
///
/// Everything is validated when the file is opened; strings and arrays are decoded on access.
/// Immutable, and valid until the [GgufFile] is closed. Reading a value as another type is a
/// [FormatException] that names file and key.
public final class GgufMetadata {
  private final Path file;
  private final MemorySegment data;
  private final SequencedMap<String, GgufValue> values;

  GgufMetadata(Path file, MemorySegment data, SequencedMap<String, GgufValue> values) {
    this.file = file;
    this.data = data;
    this.values = new LinkedHashMap<>(values);
  }

  /// The file it is from.
  public Path file() {
    return file;
  }

  /// All keys, in the order of the file.
  public SequencedSet<String> keys() {
    return Collections.unmodifiableSequencedSet(values.sequencedKeySet());
  }

  /// Whether there is a value under this key.
  public boolean has(String key) {
    return values.containsKey(key);
  }

  /// The type of a value.
  public Optional<GgufValueType> type(String key) {
    return find(key).map(GgufValue::type);
  }

  private Optional<GgufValue> find(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /// An integer of any size and sign.
  ///
  /// @throws FormatException if it has another type, or is above `Long.MAX_VALUE`
  public OptionalLong integer(String key) throws FormatException {
    var value = values.get(key);
    if (value == null) {
      return OptionalLong.empty();
    }
    require(value.type().isInteger(), key, value, "a whole number");
    return OptionalLong.of(integer(key, value, 0));
  }

  private long integer(String key, GgufValue value, long i) throws FormatException {
    try {
      return value.integer(data, i);
    } catch (ArithmeticException tooLarge) {
      throw wrong(key, value, "is " + tooLarge.getMessage() + ", which is too large");
    }
  }

  /// An integer or floating-point number.
  public OptionalDouble number(String key) throws FormatException {
    var value = values.get(key);
    if (value == null) {
      return OptionalDouble.empty();
    }
    if (value.type().isInteger()) {
      return OptionalDouble.of((double) integer(key, value, 0));
    }
    require(value.type().isReal(), key, value, "a number");
    return OptionalDouble.of(value.number(data, 0));
  }

  /// A boolean. Any byte but 0 is true, as in llama.cpp.
  public Optional<Boolean> flag(String key) throws FormatException {
    var value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    require(value.type() == GgufValueType.BOOL, key, value, "true or false");
    return Optional.of(value.integer(data, 0) != 0);
  }

  /// A string.
  public Optional<String> text(String key) throws FormatException {
    var value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    require(value.type() == GgufValueType.STRING, key, value, "a text");
    return Optional.of(GgufCursor.text(data, value.start()));
  }

  /// A list of strings: a view that decodes each string on access, fastest in order.
  public Optional<List<String>> texts(String key) throws FormatException {
    var value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    require(
        value.isArray() && value.elementType() == GgufValueType.STRING,
        key,
        value,
        "a list of texts");
    requireArrayFits(key, value);
    return Optional.of(new GgufStrings(data, value));
  }

  /// Receives the strings of a list as bytes.
  @FunctionalInterface
  public interface BytesReader {
    /// The next string is `text[0, length)`, UTF-8 that was checked. The array is used again for
    /// the one after it, and may be written over.
    void read(byte[] text, int length);
  }

  /// Hands on each string of a list in order, without an object for each. Hands on nothing if there
  /// is no list.
  ///
  /// @throws FormatException if it is something else
  public void eachText(String key, BytesReader reader) throws FormatException {
    if (texts(key).isEmpty()) {
      return;
    }
    var value = find(key).orElseThrow();
    var text = new byte[64];
    long place = value.start();
    for (long i = 0; i < value.count(); i++) {
      int length = Math.toIntExact(data.get(LittleEndian.LONG, place));
      if (length > text.length) {
        text = new byte[Math.max(length, (int) Math.min(2L * text.length, 1 << 30))];
      }
      MemorySegment.copy(data, LittleEndian.BYTE, place + Long.BYTES, text, 0, length);
      reader.read(text, length);
      place += Long.BYTES + length;
    }
  }

  /// A list of integers, or of booleans as 0 and 1.
  ///
  /// @throws FormatException if it has another type, or an element does not fit an `int`
  public Optional<int[]> integers(String key) throws FormatException {
    var value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    boolean flags = value.elementType() == GgufValueType.BOOL;
    require(
        value.isArray() && (flags || value.elementType().isInteger()),
        key,
        value,
        "a list of whole numbers");
    var integers = new int[requireArrayFits(key, value)];
    for (int i = 0; i < integers.length; i++) {
      long integer = integer(key, value, i);
      if (integer != (int) integer) {
        throw wrong(key, value, "holds %d at %d, which is too large".formatted(integer, i));
      }
      integers[i] = flags && integer != 0 ? 1 : (int) integer;
    }
    return Optional.of(integers);
  }

  /// A list of numbers as float32.
  public Optional<float[]> numbers(String key) throws FormatException {
    var value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    require(
        value.isArray() && (value.elementType().isReal() || value.elementType().isInteger()),
        key,
        value,
        "a list of numbers");
    var numbers = new float[requireArrayFits(key, value)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] =
          value.elementType().isReal() ? (float) value.number(data, i) : integer(key, value, i);
    }
    return Optional.of(numbers);
  }

  /// The type and bytes of a value in the file, to be copied to another.
  MemorySegment bytes(String key) {
    var value = find(key).orElseThrow(() -> new IllegalArgumentException("no key " + key));
    long before =
        value.isArray() ? Integer.BYTES + GgufValueType.ARRAY.leastBytes() : Integer.BYTES;
    return data.asSlice(value.start() - before, value.end() - value.start() + before);
  }

  /// An error in a value, at its position in the file.
  public FormatException wrong(String key, String problem) {
    var value = values.get(key);
    return value == null ? new FormatException(file, key, problem) : wrong(key, value, problem);
  }

  private FormatException wrong(String key, GgufValue value, String problem) {
    return FormatException.at(file, key, value.start(), problem);
  }

  private void require(boolean fits, String key, GgufValue value, String needed)
      throws FormatException {
    if (!fits) {
      String found =
          value.isArray() ? "an array of " + value.elementType() : "of the type " + value.type();
      throw wrong(key, value, "is %s, and must be %s".formatted(found, needed));
    }
  }

  /// The size limit of Java's lists and arrays.
  private int requireArrayFits(String key, GgufValue value) throws FormatException {
    if (value.count() > Integer.MAX_VALUE - Long.BYTES) {
      throw wrong(key, value, "holds %d elements, which are too many".formatted(value.count()));
    }
    return (int) value.count();
  }
}
