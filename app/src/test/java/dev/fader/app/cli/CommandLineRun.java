package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What came of a command line, run in this process.
public record CommandLineRun(int exit, String out, String err) {
  /// A model so small that a step takes no time.
  private static final String[] TINY =
      words("train --layers 1 --dim 16 --heads 2 --context 16 --batch 2 --threads 1");

  public static CommandLineRun of(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int exit = Fader.run(new PrintWriter(out), new PrintWriter(err), arguments);
    return new CommandLineRun(exit, lines(out), lines(err));
  }

  /// The same from a line; each `%s` in it is the next of `values`, which may hold spaces.
  public static CommandLineRun ofLine(String line, Object... values) {
    return of(words(line, values));
  }

  /// The words of such a line.
  static String[] words(String line, Object... values) {
    var words = line.split(" ");
    int next = 0;
    for (int i = 0; i < words.length; i++) {
      if (words[i].equals("%s")) {
        words[i] = String.valueOf(values[next++]);
      }
    }
    assertEquals(values.length, next, line);
    return words;
  }

  private static String lines(StringWriter text) {
    return text.toString().replace(System.lineSeparator(), "\n");
  }

  /// `train` of a tiny model, quietly.
  public static CommandLineRun train(Path data, Path out, String... more) {
    return of(
        Stream.of(
                TINY,
                new String[] {"--quiet", "--data", data.toString(), "--out", out.toString()},
                more)
            .flatMap(Arrays::stream)
            .toArray(String[]::new));
  }

  /// The same without what says how large the model is.
  public static CommandLineRun trainOnly(Path out, String... more) {
    return of(
        Stream.concat(
                Stream.of("train", "--quiet", "--threads", "1", "--out", out.toString()),
                Arrays.stream(more))
            .toArray(String[]::new));
  }

  /// `train` of a tiny model whose tokens are bytes, for one step.
  public static CommandLineRun trainBytes(Path data, Path out, int context) {
    return ofLine(
        "train --quiet --threads 1 --out %s --data %s --tokenizer bytes --layers 1 --dim 16"
            + " --heads 2 --context %s --batch 1 --steps 1",
        out, data, context);
  }

  /// What `java` is told to start the program as the launcher does: of its modules, and nothing
  /// else that a class path of tests would have.
  public static List<String> program() {
    var entries =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.endsWith("test-classes"))
            .map(Path::of)
            .toArray(Path[]::new);
    var modules =
        ModuleLayer.boot()
            .configuration()
            .resolveAndBind(ModuleFinder.of(entries), ModuleFinder.of(), Set.of("dev.fader.app"))
            .modules()
            .stream()
            .map(module -> Path.of(module.reference().location().orElseThrow()).toString())
            .collect(Collectors.joining(File.pathSeparator));
    return List.of(
        "--enable-native-access=dev.fader,dev.fader.mpi,org.jline.terminal.ffm",
        "-p",
        modules,
        "-m",
        "dev.fader.app/" + Fader.class.getName());
  }

  /// Fails unless it ended with this exit code and one line about it.
  public void expect(int exitCode, String line) {
    assertEquals("fader: " + line + "\n", err);
    assertEquals(exitCode, exit);
    assertEquals("", out);
  }

  /// The one object on standard output.
  public JsonNode json() {
    assertEquals(0, exit, err);
    assertEquals(1, out.lines().count(), out);
    return JsonMapper.shared().readTree(out);
  }

  /// A text of so many bytes that is no random one.
  public static Path text(Path file, int length) throws java.io.IOException {
    var text = new StringBuilder();
    for (int i = 0; text.length() < length; i++) {
      text.append("Line ").append(i * 7919 % 1000).append(" of a text that repeats itself.\n");
    }
    return Files.writeString(file, text.substring(0, length));
  }

  /// The root of the repository.
  public static Path repository() {
    var directory = Path.of("").toAbsolutePath();
    while (!Files.exists(directory.resolve("fader"))) {
      directory = directory.getParent();
    }
    return directory;
  }

  /// A folder of golden files.
  public static Path golden(String name) {
    return repository().resolve("core/src/test/resources/golden").resolve(name);
  }
}
