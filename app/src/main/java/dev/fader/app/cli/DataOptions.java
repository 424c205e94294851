package dev.fader.app.cli;

import dev.fader.data.Corpus;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which text a command reads.
final class DataOptions {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATA",
      description =
          "A text file, a folder, a pattern such as src/**/*.java, a .jsonl file with text or ids,"
              + " any of these gzipped, - for standard input, or jdk for the JDK's own sources."
              + " May be given more than once.")
  private List<String> data = new ArrayList<>();

  @Option(
      names = "--glob",
      paramLabel = "PATTERN",
      description = "Which files of folders are meant.")
  private @Nullable String glob;

  DataOptions() {}

  /// For a command that chooses its own.
  DataOptions(List<String> data) {
    this.data = data;
  }

  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  Corpus open(Path cache, Consumer<String> announce) {
    return open(data, cache, announce);
  }

  /// Another corpus whose folders are read with the same pattern.
  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  Corpus open(List<String> names, Path cache, Consumer<String> announce) {
    return Corpus.open(
        new Corpus.Request(names, Optional.ofNullable(glob), System.in, cache), announce);
  }
}
