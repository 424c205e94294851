package dev.fader.app.cli.option;

import dev.fader.data.Corpus;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Texts that a command reads beside its own, if the user named some.
public final class OptionalCorpus implements AutoCloseable {
  private final Optional<Corpus> corpus;

  /// Opens them.
  ///
  /// @param data whose folders are read with the same pattern
  /// @param names of the texts; empty for none
  public OptionalCorpus(
      DataOptions data, List<String> names, Path cache, Consumer<String> announce) {
    corpus = names.isEmpty() ? Optional.empty() : Optional.of(data.open(names, cache, announce));
  }

  public Optional<Corpus> corpus() {
    return corpus;
  }

  @Override
  public void close() {
    corpus.ifPresent(Corpus::close);
  }
}
