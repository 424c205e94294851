package dev.fader.tokenizer;

import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// The two files that a tokenizer is: `tokenizer.json` and, beside it, `tokenizer_config.json`,
/// which names the tokens that begin and end a text.
final class TokenizerSource {
  static final String TOKENIZER = "tokenizer.json";
  static final String CONFIG = "tokenizer_config.json";

  private final String name;
  private final byte[] json;
  private final Optional<byte[]> config;

  /// @param name how to call the first in messages
  /// @param json the bytes of `tokenizer.json`
  /// @param config the bytes of `tokenizer_config.json`, if there is one
  TokenizerSource(String name, byte[] json, Optional<byte[]> config) {
    this.name = name;
    this.json = json;
    this.config = config;
  }

  static TokenizerSource read(Path directoryOrFile) throws IOException {
    Path file =
        Files.isDirectory(directoryOrFile) ? directoryOrFile.resolve(TOKENIZER) : directoryOrFile;
    if (!Files.exists(file)) {
      throw new NoSuchFileException(
          file.toString(), null, "no tokenizer here; give a tokenizer.json or its directory");
    }
    Path config = file.resolveSibling(CONFIG);
    return new TokenizerSource(
        file.toString(),
        Files.readAllBytes(file),
        Files.exists(config) ? Optional.of(Files.readAllBytes(config)) : Optional.empty());
  }

  /// The JSON of `tokenizer.json`.
  JsonField parsed() {
    return TokenizerJson.parse(json, name);
  }

  /// The length of `tokenizer.json` in bytes.
  int length() {
    return json.length;
  }

  /// The JSON of `tokenizer_config.json`.
  Optional<JsonField> parsedConfig() {
    return config.map(bytes -> TokenizerJson.parse(bytes, name + ": " + CONFIG));
  }

  /// Writes both files into the directory.
  void save(Path directory, byte[] configOtherwise) throws IOException {
    DurableFile.write(directory.resolve(TOKENIZER), FileContent.of(json));
    DurableFile.write(directory.resolve(CONFIG), FileContent.of(config.orElse(configOtherwise)));
  }
}
