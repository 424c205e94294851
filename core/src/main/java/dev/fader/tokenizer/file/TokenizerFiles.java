package dev.fader.tokenizer.file;

import dev.fader.format.FileContent;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;

/// The two files of a saved tokenizer: `tokenizer.json` and `tokenizer_config.json`, which names
/// the tokens that begin and end a text.
public final class TokenizerFiles {
  public static final String TOKENIZER = "tokenizer.json";
  static final String CONFIG = "tokenizer_config.json";

  private final String name;
  private final Supplier<byte[]> json;
  private final Optional<byte[]> config;

  /// @param name of the first file for messages
  /// @param json the bytes of `tokenizer.json`
  /// @param config the bytes of `tokenizer_config.json`, if there is one
  public TokenizerFiles(String name, byte[] json, Optional<byte[]> config) {
    this(name, () -> json, config);
  }

  /// @param json writes the `tokenizer.json` of a tokenizer read from another format
  public TokenizerFiles(String name, Supplier<byte[]> json, Optional<byte[]> config) {
    this.name = name;
    this.json = json;
    this.config = config;
  }

  /// The JSON of `tokenizer.json`.
  JsonField parsed() {
    return TokenizerJson.parse(json.get(), name);
  }

  /// The length of `tokenizer.json` in bytes.
  int length() {
    return json.get().length;
  }

  /// The JSON of `tokenizer_config.json`.
  Optional<JsonField> parsedConfig() {
    return config.map(bytes -> TokenizerJson.parse(bytes, name + ": " + CONFIG));
  }

  /// Both files by name.
  public SequencedMap<String, FileContent> files(byte[] configOtherwise) {
    var files = new LinkedHashMap<String, FileContent>();
    files.put(TOKENIZER, FileContent.of(json.get()));
    files.put(CONFIG, FileContent.of(config.orElse(configOtherwise)));
    return files;
  }
}
