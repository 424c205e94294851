package dev.fader.app.cli.option;

import dev.fader.data.Corpus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// Which text a command reads.
public final class DataOptions {
  @Spec(Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--data",
      paramLabel = "DATA",
      description =
          "A text file, a folder, a pattern such as src/**/*.java, a .jsonl file with text or ids,"
              + " any of these gzipped, - for standard input, or jdk for the JDK's own sources."
              + " May be given more than once.")
  private List<String> data = new ArrayList<>();

  @Option(
      names = "--glob",
      paramLabel = "PATTERN",
      description = "Pattern of the files to take from folders.")
  private @Nullable String glob;

  public DataOptions() {}

  /// For a command that chooses its own.
  public DataOptions(List<String> data, String glob) {
    this.data = data;
    this.glob = glob;
  }

  /// What a run read earlier, unless the user says something else.
  public void otherwise(List<String> names, Optional<String> pattern) {
    data = data.isEmpty() ? names : data;
    glob = glob == null ? pattern.orElse(null) : glob;
  }

  /// The names; files by their whole path, to be found again from elsewhere.
  public List<String> names() {
    return wholePaths(data);
  }

  public static List<String> wholePaths(List<String> names) {
    return names.stream()
        .map(name -> isFile(name) ? Path.of(name).toAbsolutePath().normalize().toString() : name)
        .toList();
  }

  private static boolean isFile(String name) {
    return !name.equals("-") && !name.equals("jdk") && Files.exists(Path.of(name));
  }

  public Optional<String> glob() {
    return Optional.ofNullable(glob);
  }

  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  public Corpus open(Path cache, Consumer<String> announce) {
    if (data.isEmpty() && command != null) {
      throw new ParameterException(
          command.commandLine(),
          "--data is missing: name a text, a folder, a .jsonl file, - or jdk");
    }
    return open(data, cache, announce);
  }

  /// Another corpus whose folders are read with the same pattern.
  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  public Corpus open(List<String> names, Path cache, Consumer<String> announce) {
    return Corpus.open(new Corpus.Request(names, glob(), System.in, cache), announce);
  }
}
