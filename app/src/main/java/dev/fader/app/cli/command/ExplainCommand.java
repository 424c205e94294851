package dev.fader.app.cli.command;

import dev.fader.app.cli.terminal.ScreenWidth;
import dev.fader.app.explain.Explanation;
import dev.fader.app.explain.Explanations;
import dev.fader.app.view.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader explain`: what the words mean.
@Command(
    name = "explain",
    description = "Explains a word of the field, with an example computed on the spot.")
public final class ExplainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "WORD", arity = "0..*", description = "The word; none for the list.")
  private List<String> words = List.of();

  @Option(
      names = "--pages",
      paramLabel = "DIR",
      description = "Writes all of them as Markdown pages, as in docs/learn.")
  private @Nullable Path pages;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  ExplainCommand() {}

  @Override
  public Integer call() throws IOException {
    var out = spec.commandLine().getOut();
    if (pages != null) {
      if (json || !words.isEmpty()) {
        throw new ParameterException(
            spec.commandLine(), "--pages writes all pages to files: give it alone");
      }
      writePages(pages);
    } else if (json) {
      out.println(Json.text(object()));
    } else if (words.isEmpty()) {
      for (var explanation : Explanations.all()) {
        var line =
            String.format(Locale.ROOT, "%-16s %s", explanation.word(), explanation.summary());
        ScreenWidth.wrapped(line, ScreenWidth.USUAL, 17).forEach(out::println);
      }
    } else {
      var word = String.join(" ", words);
      tell(
          explanation(word),
          line -> {
            out.println(line);
            out.flush();
          });
    }
    return 0;
  }

  /// In lines that fit a terminal of the usual width: paragraphs are filled anew, and what an
  /// example finds is broken where it is longer.
  private static void tell(Explanation explanation, Consumer<String> lines) {
    var paragraph = new StringBuilder();
    Runnable fill =
        () -> {
          if (!paragraph.isEmpty()) {
            ScreenWidth.wrapped(paragraph.toString(), ScreenWidth.USUAL, 0).forEach(lines);
            paragraph.setLength(0);
          }
        };
    explanation.tell(line -> {
      if (!line.isBlank() && !line.startsWith(" ") && !line.startsWith("=")) {
        paragraph.append(paragraph.isEmpty() ? "" : " ").append(line);
        return;
      }
      fill.run();
      ScreenWidth.wrapped(line, ScreenWidth.USUAL, 6).forEach(lines);
    });
    fill.run();
  }

  private Map<String, Object> object() {
    if (words.isEmpty()) {
      return Json.object(
          "words", Explanations.all().stream().map(ExplainCommand::summary).toList());
    }
    var explanation = explanation(String.join(" ", words));
    var text = new StringBuilder();
    explanation.tell(line -> text.append(line).append('\n'));
    var object = summary(explanation);
    object.put("text", text.toString());
    return object;
  }

  private static Map<String, Object> summary(Explanation explanation) {
    return Json.object("word", explanation.word(), "summary", explanation.summary());
  }

  private Explanation explanation(String word) {
    return Explanations.find(word)
        .orElseThrow(() ->
            new ParameterException(
                spec.commandLine(),
                "'%s' is not explained; explained are %s"
                    .formatted(
                        word,
                        String.join(
                            ", ", Explanations.all().stream().map(Explanation::word).toList()))));
  }

  private static void writePages(Path directory) throws IOException {
    Files.createDirectories(directory);
    for (var explanation : Explanations.all()) {
      Files.writeString(directory.resolve(explanation.word() + ".md"), explanation.page());
    }
    Files.writeString(directory.resolve("README.md"), Explanations.index());
  }
}
