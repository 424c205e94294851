package dev.fader.train.recipe;

import dev.fader.data.Corpus;
import dev.fader.tokenizer.BytePairTraining;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Which tokenizer a model is to have.
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

  /// From this many bytes on, the text bears so many tokens (docs/decisions/0011).
  NavigableMap<Long, Integer> VOCABULARIES =
      Collections.unmodifiableNavigableMap(
          new TreeMap<>(Map.of(SMALLEST_TEXT_OF_PAIRS, 1024, 1_000_000L, 2048, 4_000_000L, 4096)));

  /// The choice where nobody chose: bytes for a little text, the more pairs the longer it is.
  static TokenizerChoice standard(long bytesOfText) {
    var vocabulary = VOCABULARIES.floorEntry(bytesOfText);
    return vocabulary == null ? new Bytes() : new BytePairs(vocabulary.getValue());
  }

  /// The same, but for training that begins with `model`: that model's own tokenizer, if it has
  /// one.
  ///
  /// @throws IOException if the model cannot be read
  static TokenizerChoice standard(Optional<Path> model, long bytesOfText) throws IOException {
    return model.isPresent() && Tokenizer.isIn(model.get())
        ? new Existing(model.get())
        : standard(bytesOfText);
  }

  /// The tokenizer, trained on `corpus` where it must be. Characters are also those of the text to
  /// validate with: there is no token for any other. `announce` gets what takes a while, a line
  /// each.
  ///
  /// @throws dev.fader.data.DataException if the corpus cannot be read
  /// @throws IOException if a tokenizer that is there cannot be read
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
        : () ->
            new Concatenation(first.iterator(), validation.get().texts(Long.MAX_VALUE).iterator());
  }

  /// One text after the other.
  record Concatenation(Iterator<String> first, Iterator<String> second)
      implements Iterator<String> {
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
