package dev.fader.app.cli.option;

import dev.fader.train.recipe.TokenizerChoice;
import java.nio.file.Files;
import java.nio.file.Path;

/// What `--tokenizer` may say: `bytes`, `char`, `bpe:SIZE`, or where a tokenizer is.
public final class TokenizerOption {
  private TokenizerOption() {}

  /// Reads the option.
  ///
  /// @throws IllegalArgumentException if it says nothing of the kind
  public static TokenizerChoice parse(String text) {
    return switch (text) {
      case "bytes", "byte" -> new TokenizerChoice.Bytes();
      case "char", "chars", "characters" -> new TokenizerChoice.Characters();
      default -> text.startsWith("bpe:") ? bytePairs(text) : existing(text);
    };
  }

  private static TokenizerChoice bytePairs(String text) {
    try {
      return new TokenizerChoice.BytePairs(Integer.parseInt(text.substring("bpe:".length())));
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException(
          "--tokenizer '%s' has no size: write, say, bpe:4096".formatted(text), notANumber);
    }
  }

  private static TokenizerChoice existing(String text) {
    var path = Path.of(text);
    if (!Files.exists(path)) {
      throw new IllegalArgumentException(
          "--tokenizer '%s' is neither bytes, char, bpe:SIZE nor a directory or file that is there"
              .formatted(text));
    }
    return new TokenizerChoice.Existing(path);
  }
}
