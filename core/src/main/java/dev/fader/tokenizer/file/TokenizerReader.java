package dev.fader.tokenizer.file;

import dev.fader.format.GgufFile;
import dev.fader.tokenizer.error.TokenizerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Detects the format of the tokenizer at a path and reads it.
public final class TokenizerReader {
  private static final List<String> NAMES =
      List.of(TokenizerFiles.TOKENIZER, "tokenizer.model", "vocab.json", "vocab.txt");
  private static final long LARGEST = 1L << 30;

  private final Path file;
  private final Optional<byte[]> config;

  private TokenizerReader(Path file, Optional<byte[]> config) {
    this.file = file;
    this.config = config;
  }

  /// Whether a directory has the files of a tokenizer.
  public static boolean isIn(Path directory) {
    return NAMES.stream().anyMatch(name -> Files.exists(directory.resolve(name)));
  }

  public static TokenizerParts read(Path directoryOrFile) throws IOException {
    Path file = directoryOrFile;
    if (Files.isDirectory(directoryOrFile)) {
      file =
          NAMES.stream()
              .map(directoryOrFile::resolve)
              .filter(Files::exists)
              .findFirst()
              .orElse(directoryOrFile.resolve(TokenizerFiles.TOKENIZER));
    }
    if (!Files.exists(file)) {
      throw new NoSuchFileException(
          file.toString(), null, "no tokenizer here; give a tokenizer.json or its directory");
    }
    Path config = file.resolveSibling(TokenizerFiles.CONFIG);
    return new TokenizerReader(
            file, Files.exists(config) ? Optional.of(bytes(config)) : Optional.empty())
        .parts();
  }

  private TokenizerParts parts() throws IOException {
    if (GgufFile.isGguf(file)) {
      try (var gguf = GgufFile.open(file)) {
        return GgufTokenizerReader.read(gguf.metadata());
      }
    }
    byte[] bytes = bytes(file);
    String name = String.valueOf(file.getFileName());
    if (name.equals("vocab.txt")
        || (name.endsWith(".txt") && LegacyVocabulary.isWordPieces(bytes))) {
      return json(LegacyVocabulary.wordPieces(bytes, parsedConfig()));
    }
    boolean isJson = name.endsWith(".json") || startsLikeJson(bytes);
    if (!isJson) {
      if (bytes[0] != SentencePieceReader.FIRST_BYTE && !name.endsWith(".model")) {
        throw new TokenizerException(
            file
                + " is not a tokenizer: name a model directory, a tokenizer.json, a tokenizer.model, a"
                + " vocab.txt with [UNK] among its lines, or a .gguf file");
      }
      return SentencePieceReader.read(file.toString(), bytes, parsedConfig());
    }
    Path merges = file.resolveSibling("merges.txt");
    if (name.equals("vocab.json") && Files.exists(merges)) {
      JsonField pieces = TokenizerJson.parse(bytes, file.toString());
      return json(LegacyVocabulary.bytePairs(pieces, bytes(merges), parsedConfig()));
    }
    return json(bytes);
  }

  private TokenizerParts json(byte[] bytes) {
    return TokenizerJsonReader.read(new TokenizerFiles(file.toString(), bytes, config));
  }

  private Optional<JsonField> parsedConfig() {
    return config.map(bytes -> TokenizerJson.parse(bytes, file + ": " + TokenizerFiles.CONFIG));
  }

  private static boolean startsLikeJson(byte[] bytes) {
    for (byte value : bytes) {
      if (value != ' ' && value != '\n' && value != '\r' && value != '\t') {
        return value == '{';
      }
    }
    return true;
  }

  private static byte[] bytes(Path file) throws IOException {
    long size = Files.size(file);
    if (size > LARGEST) {
      throw new TokenizerException(
          "%s: has %d bytes, and no tokenizer has more than %d".formatted(file, size, LARGEST));
    }
    return Files.readAllBytes(file);
  }
}
