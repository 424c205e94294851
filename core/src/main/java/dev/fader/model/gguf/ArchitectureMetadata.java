package dev.fader.model.gguf;

import dev.fader.format.FormatException;
import dev.fader.format.GgufMetadata;
import dev.fader.format.GgufValueType;
import dev.fader.model.family.HuggingFaceConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// The GGUF metadata under the name of an architecture, such as `llama.block_count`.
record ArchitectureMetadata(GgufMetadata metadata, String architecture) {
  static final String ARCHITECTURE = "general.architecture";

  /// Those of the architecture that the file names.
  static ArchitectureMetadata of(GgufMetadata metadata) throws FormatException {
    String architecture =
        metadata
            .text(ARCHITECTURE)
            .orElseThrow(() -> new FormatException(metadata.file(), ARCHITECTURE, "is missing"));
    return new ArchitectureMetadata(metadata, architecture);
  }

  private String full(String key) {
    return architecture + "." + key;
  }

  boolean has(String key) {
    return metadata.has(full(key));
  }

  FormatException wrong(String key, String problem) {
    return metadata.wrong(full(key), problem);
  }

  /// A size: an integer of at least 1. An array with the same number for every layer counts as that
  /// number.
  int size(String key) throws FormatException {
    return optionalSize(key).orElseThrow(() -> wrong(key, "is missing"));
  }

  int sizeOr(String key, int otherwise) throws FormatException {
    return optionalSize(key).orElse(otherwise);
  }

  OptionalInt optionalSize(String key) throws FormatException {
    var count = count(key);
    if (count.isPresent() && count.getAsInt() == 0) {
      throw wrong(key, "is 0, and must be at least 1");
    }
    return count;
  }

  /// An integer of at least 0.
  int countOr(String key, int otherwise) throws FormatException {
    return count(key).orElse(otherwise);
  }

  private OptionalInt count(String key) throws FormatException {
    if (!has(key)) {
      return OptionalInt.empty();
    }
    long count = isArray(key) ? same(key) : metadata.integer(full(key)).orElseThrow();
    if (count < 0 || count > Integer.MAX_VALUE) {
      throw wrong(
          key, "is %d, and must be a whole number up to %d".formatted(count, Integer.MAX_VALUE));
    }
    return OptionalInt.of((int) count);
  }

  private boolean isArray(String key) {
    return metadata.type(full(key)).equals(Optional.of(GgufValueType.ARRAY));
  }

  private long same(String key) throws FormatException {
    int[] perLayer = metadata.integers(full(key)).orElseThrow();
    for (int value : perLayer) {
      if (value != perLayer[0]) {
        throw wrong(
            key,
            "is %d in one layer and %d in another, which is not supported"
                .formatted(perLayer[0], value));
      }
    }
    if (perLayer.length == 0) {
      throw wrong(key, "is empty");
    }
    return perLayer[0];
  }

  /// A finite number of at least 0.
  OptionalDouble number(String key) throws FormatException {
    var number = metadata.number(full(key));
    if (number.isPresent()
        && (!Double.isFinite(number.getAsDouble()) || number.getAsDouble() < 0)) {
      throw wrong(key, "is %s, and must be at least 0".formatted(number.getAsDouble()));
    }
    return number;
  }

  double numberOr(String key, double otherwise) throws FormatException {
    return number(key).orElse(otherwise);
  }

  /// A finite number above 0: the shortest decimal with that float32 value.
  double positiveOr(String key, double otherwise) throws FormatException {
    var number = number(key);
    if (number.isPresent() && number.getAsDouble() == 0) {
      throw wrong(key, "is 0, and must be above");
    }
    return number.isPresent() ? decimal(number.getAsDouble()) : otherwise;
  }

  private static double decimal(double value) {
    return value == (float) value ? HuggingFaceConfig.decimal((float) value) : value;
  }

  boolean flag(String key, boolean otherwise) throws FormatException {
    return metadata.flag(full(key)).orElse(otherwise);
  }

  Optional<String> text(String key) throws FormatException {
    return metadata.text(full(key));
  }

  /// Which of `layers` layers have a window: all except every `pattern`th, or as the file says.
  List<Boolean> windowed(String key, int layers, int pattern) throws FormatException {
    if (isArray(key)) {
      int[] flags = metadata.integers(full(key)).orElseThrow();
      if (flags.length < layers) {
        throw wrong(key, "speaks of %d layers, and there are %d".formatted(flags.length, layers));
      }
      var windowed = new ArrayList<Boolean>();
      for (int layer = 0; layer < layers; layer++) {
        windowed.add(flags[layer] != 0);
      }
      return windowed;
    }
    int period = sizeOr(key, Math.max(pattern, 1));
    var windowed = new ArrayList<>(Collections.nCopies(layers, true));
    for (int layer = period - 1; layer < layers; layer += period) {
      windowed.set(layer, false);
    }
    return windowed;
  }
}
