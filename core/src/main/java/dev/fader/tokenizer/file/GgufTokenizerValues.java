package dev.fader.tokenizer.file;

import dev.fader.format.FormatException;
import dev.fader.format.GgufMetadata;
import dev.fader.tokenizer.error.TokenizerException;
import dev.fader.tokenizer.model.MergeTable;
import dev.fader.tokenizer.model.PieceType;
import dev.fader.tokenizer.model.Vocabulary;
import dev.fader.tokenizer.pattern.Utf8;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The GGUF metadata values that define a tokenizer, checked for consistency.
record GgufTokenizerValues(GgufMetadata metadata) {
  private static final String PREFIX = "tokenizer.ggml.";

  String file() {
    return metadata.file().toString();
  }

  Optional<String> text(String key) throws FormatException {
    return metadata.text(PREFIX + key);
  }

  boolean flag(String key, boolean otherwise) throws FormatException {
    return metadata.flag(PREFIX + key).orElse(otherwise);
  }

  List<String> pieces() throws FormatException {
    return metadata
        .texts(PREFIX + "tokens")
        .orElseThrow(() ->
            new TokenizerException(
                "%s: there is no %stokens in it; give a model with a tokenizer, or a tokenizer.json"
                    .formatted(file(), PREFIX)));
  }

  /// The merges of byte pairs, as ids.
  MergeTable merges(Vocabulary vocabulary) throws FormatException {
    var merges = metadata.texts(PREFIX + "merges").orElseThrow(() -> missing("merges"));
    var reader = new GgufMerges(this, vocabulary, merges.size());
    metadata.eachText(PREFIX + "merges", reader);
    return reader.table();
  }

  /// The type of each piece; without any, all are normal.
  PieceType[] types(int size) throws FormatException {
    var types = new PieceType[size];
    Arrays.fill(types, PieceType.NORMAL);
    Optional<int[]> given = metadata.integers(PREFIX + "token_type");
    if (given.isPresent()) {
      requireSize("token_type", given.get().length, size);
      Arrays.setAll(types, id -> PieceType.of(given.get()[id]));
    }
    return types;
  }

  float[] scores(int size) throws FormatException {
    float[] scores = metadata.numbers(PREFIX + "scores").orElseThrow(() -> missing("scores"));
    requireSize("scores", scores.length, size);
    for (int id = 0; id < size; id++) {
      if (!Float.isFinite(scores[id])) {
        throw wrong("scores", "has %s for piece %d".formatted(scores[id], id));
      }
    }
    return scores;
  }

  byte[] bytes(String key) throws FormatException {
    int[] values = metadata.integers(PREFIX + key).orElse(new int[0]);
    var bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /// The id under a key, `otherwise` if it is missing; -1 if it is outside the vocabulary, which
  /// some files use for none.
  int id(String key, int otherwise, int size) throws FormatException {
    OptionalLong id = metadata.integer(PREFIX + key + "_token_id");
    long value = id.orElse(otherwise);
    if (id.isPresent() && (value < -1 || value >= size) && value != 0xFFFFFFFFL) {
      throw wrong(
          key + "_token_id",
          "is %d, and the vocabulary has ids from 0 to %d".formatted(value, size - 1));
    }
    return value >= 0 && value < size ? (int) value : -1;
  }

  /// Whether text is normalized to NFC; `otherwise` if the file does not say.
  boolean composesNfc(boolean otherwise) throws FormatException {
    return metadata.flag(GgufTokenizerWriter.COMPOSES_NFC).orElse(otherwise);
  }

  /// Which texts get a space prepended if not all do, as the `prepend_scheme` of `tokenizer.json`.
  Optional<String> prependScheme() throws FormatException {
    return metadata.text(GgufTokenizerWriter.PREPEND_SCHEME);
  }

  /// A string under its full key, empty if there is none.
  String general(String key) throws FormatException {
    return metadata.text("general." + key).orElse("");
  }

  private void requireSize(String key, int found, int size) {
    if (found != size) {
      throw wrong(key, "has %d values for %d pieces".formatted(found, size));
    }
  }

  TokenizerException missing(String key) {
    return new TokenizerException("%s: there is no %s%s in it".formatted(file(), PREFIX, key));
  }

  TokenizerException wrong(String key, String problem) {
    return new TokenizerException("%s: %s%s %s".formatted(file(), PREFIX, key, problem));
  }

  /// All pieces by their ids.
  static Vocabulary vocabulary(List<String> pieces) {
    var vocabulary = new Vocabulary(pieces.size());
    int id = 0;
    for (String piece : pieces) {
      vocabulary.put(Utf8.bytes(piece), id++);
    }
    return vocabulary;
  }
}
