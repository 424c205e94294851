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

  /// Limit on the text that a tokenizer is trained on.
  long TRAINING_BYTES = 50_000_000;

  /// Texts smaller than this have too few repeated pairs to learn merges from.
  long SMALLEST_TEXT_OF_PAIRS = 100_000;

  /// Vocabulary size by minimum bytes of text (docs/decisions/0011).
  NavigableMap<Long, Integer> VOCABULARIES =
      Collections.unmodifiableNavigableMap(
          new TreeMap<>(Map.of(SMALLEST_TEXT_OF_PAIRS, 1024, 1_000_000L, 2048, 4_000_000L, 4096)));

  /// The default: bytes for little text, else BPE with a vocabulary that grows with the text.
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

  /// Loads the tokenizer, or trains it on `corpus`. Characters include those of the validation
  /// text, since others have no token. `announce` receives a line before anything slow.
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

  /// One iterator after the other.
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
