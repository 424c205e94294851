package dev.fader.app.cli.option;

import dev.fader.evaluate.TaskFile;
import dev.fader.evaluate.TaskItem;
import dev.fader.evaluate.text.TextMetric;
import dev.fader.evaluate.text.TextMetrics;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// Which task a model is measured at, and by what.
public final class TaskOptions {
  private static final String AUTO = "auto";

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--task",
      paramLabel = "FILE.jsonl",
      description =
          "Items with answers in place of a text; - for standard input. prompt, question (with"
              + " context) or messages with answer, answers or completion: the model writes, greedily"
              + " unless asked otherwise; with choices and the right answer: it picks the likeliest.")
  private @Nullable String file;

  @Option(
      names = "--metric",
      paramLabel = "NAME",
      split = ",",
      description =
          "What compares written answers: exact-match, exact-match-normalized, f1, rouge-1, rouge-2,"
              + " rouge-l (each also as rouge-l-stemmed), chrf, chrf++, bleu; default"
              + " exact-match,f1,rouge-l,chrf.")
  private List<String> metrics = new ArrayList<>();

  @Option(names = "--limit", paramLabel = "N", description = "Only the first N items.")
  private @Nullable Integer limit;

  @Option(
      names = "--log",
      paramLabel = "FILE.jsonl",
      description = "Writes what the model answered to each item, and its scores, a line each.")
  private @Nullable Path log;

  TaskOptions() {}

  /// The file with the items, `-` for standard input, if a task was asked for.
  public Optional<String> file() {
    return Optional.ofNullable(file);
  }

  /// Whether metrics were asked for.
  public boolean namesMetrics() {
    return !metrics.isEmpty() && !metrics.equals(List.of(AUTO));
  }

  /// The metrics of written answers.
  ///
  /// @throws ParameterException if there is no such metric
  public List<TextMetric> metrics() {
    if (!namesMetrics()) {
      return TextMetrics.usual();
    }
    try {
      return metrics.stream().distinct().map(name -> TextMetrics.named(name.strip())).toList();
    } catch (IllegalArgumentException unknown) {
      throw new ParameterException(command.commandLine(), "--metric " + unknown.getMessage());
    }
  }

  /// How many items to measure at most.
  ///
  /// @throws ParameterException if that is none
  public int limit() {
    if (limit != null && limit < 1) {
      throw new ParameterException(
          command.commandLine(), "--limit is %d, and must be at least 1".formatted(limit));
    }
    return limit == null ? Integer.MAX_VALUE : limit;
  }

  /// The items of the file.
  ///
  /// @throws dev.fader.evaluate.TaskException if a line is no item
  /// @throws IOException if it cannot be read
  public List<TaskItem> items() throws IOException {
    int most = limit();
    var name = file().orElseThrow();
    if (name.equals("-")) {
      return TaskFile.read("standard input", reader(System.in), most);
    }
    if (Files.isDirectory(Path.of(name))) {
      throw new IOException(name + ": is a directory, and a .jsonl file is needed");
    }
    try (var lines = reader(Files.newInputStream(Path.of(name)))) {
      return TaskFile.read(name, lines, most);
    }
  }

  private static BufferedReader reader(InputStream bytes) {
    var strict = StandardCharsets.UTF_8.newDecoder(); // a reader by charset would replace
    return new BufferedReader(new InputStreamReader(bytes, strict));
  }

  /// Where to log items; nowhere, unless it was asked for. The caller closes it.
  ///
  /// @throws IOException if it cannot be written
  public PrintWriter openLog() throws IOException {
    return new PrintWriter(log == null ? Writer.nullWriter() : Files.newBufferedWriter(log));
  }
}
