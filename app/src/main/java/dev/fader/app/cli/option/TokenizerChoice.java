package dev.fader.app.cli.option;

import dev.fader.data.Corpus;
import dev.fader.tokenizer.BytePairTraining;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/// What `--tokenizer` may say: `bytes`, `char`, `bpe:SIZE`, or where a tokenizer is.
public sealed interface TokenizerChoice {
  /// One token per byte.
  record Bytes() implements TokenizerChoice {}

  /// One token per character of the text.
  record Characters() implements TokenizerChoice {}

  /// Byte-level BPE, trained on the text.
  record BytePairs(int vocabulary) implements TokenizerChoice {}

  /// A directory with a `tokenizer.json`, or the file itself.
  record Existing(Path path) implements TokenizerChoice {}

  /// As much of a large corpus as a tokenizer is trained on.
  long TRAINING_BYTES = 50_000_000;

  /// Below this, merges would be learned from pairs that are too rare.
  long SMALLEST_TEXT_OF_PAIRS = 100_000;

  /// From this many bytes on, the text bears so many tokens (docs/performance.md).
  NavigableMap<Long, Integer> VOCABULARIES =
      Collections.unmodifiableNavigableMap(
          new TreeMap<>(Map.of(SMALLEST_TEXT_OF_PAIRS, 1024, 1_000_000L, 2048, 4_000_000L, 4096)));

  /// Reads the option.
  ///
  /// @throws IllegalArgumentException if it says nothing of the kind
  static TokenizerChoice parse(String text) {
    return switch (text) {
      case "bytes", "byte" -> new Bytes();
      case "char", "chars", "characters" -> new Characters();
      default -> text.startsWith("bpe:") ? bytePairs(text) : existing(text);
    };
  }

  private static TokenizerChoice bytePairs(String text) {
    try {
      return new BytePairs(Integer.parseInt(text.substring("bpe:".length())));
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
    return new Existing(path);
  }

  /// The choice where nobody chose: bytes for a little text, the more pairs the longer it is.
  static TokenizerChoice standard(long bytesOfText) {
    var vocabulary = VOCABULARIES.floorEntry(bytesOfText);
    return vocabulary == null ? new Bytes() : new BytePairs(vocabulary.getValue());
  }

  /// The tokenizer, trained on `corpus` where it must be. Characters are also those of the text to
  /// validate with: there is no token for any other.
  default Tokenizer make(Corpus corpus, Optional<Corpus> validation, Consumer<String> announce)
      throws IOException {
    return switch (this) {
      case Bytes() -> Tokenizer.bytes();
      case Characters() -> Tokenizer.characters(allTexts(corpus, validation));
      case Existing(Path path) -> Tokenizer.load(path);
      case BytePairs(int vocabulary) -> {
        announce.accept("training a tokenizer of %d tokens".formatted(vocabulary));
        yield Tokenizer.trainBytePairs(
            new BytePairTraining(vocabulary, 2), corpus.texts(TRAINING_BYTES));
      }
    };
  }

  private static Iterable<String> allTexts(Corpus corpus, Optional<Corpus> validation) {
    var first = corpus.texts(Long.MAX_VALUE);
    return validation.isEmpty()
        ? first
        : () -> new InTurn(first.iterator(), validation.get().texts(Long.MAX_VALUE).iterator());
  }

  /// One text after the other.
  record InTurn(Iterator<String> first, Iterator<String> second) implements Iterator<String> {
    @Override
    public boolean hasNext() {
      return first.hasNext() || second.hasNext();
    }

    @Override
    public String next() {
      return first.hasNext() ? first.next() : second.next();
    }
  }
}
