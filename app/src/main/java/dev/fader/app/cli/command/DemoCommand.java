package dev.fader.app.cli.command;

import dev.fader.app.cli.option.DataOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ModelSizeOptions;
import dev.fader.app.cli.option.RankOptions;
import dev.fader.app.cli.option.RecipeOptions;
import dev.fader.app.cli.option.ReportOptions;
import dev.fader.app.cli.terminal.ShellWord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fader demo`: a model learns to write Java, from nothing, before one's eyes.
@Command(
    name = "demo",
    sortOptions = false,
    customSynopsis = "fader demo [OPTION...]",
    description =
        "Learns to write Java from your JDK's own sources, in about two minutes, from random"
            + " parameters. Takes every option of train that says how.")
public final class DemoCommand implements Callable<Integer> {
  /// Text and tokenizer take the rest of two minutes.
  private static final String MINUTES = "1.6";

  private static final String DIRECTORY = "fader-demo";

  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the model goes; default: fader-demo, or that with the next free number.")
  private @Nullable Path out;

  @Option(
      names = "--glob",
      paramLabel = "PATTERN",
      description = "Which sources; default: ${DEFAULT-VALUE}.")
  private String glob = "java.base/java/**";

  @Option(names = "--overwrite", description = "Deletes the model that is in --out.")
  private boolean overwrite;

  @Mixin private ModelSizeOptions size;
  @Mixin private RecipeOptions recipe;
  @Mixin private ReportOptions report;
  @Mixin private EngineOptions engine;

  DemoCommand() {}

  @Override
  public Integer call() throws IOException {
    RankOptions.requireOneProcess("demo");
    recipe.minutesOtherwise(MINUTES);
    report.samplePromptOtherwise("    public");
    var text =
        new TrainingJob.Text(
            new DataOptions(List.of("jdk"), glob),
            List.of(),
            Optional.empty(),
            Optional.of("bpe:2048"));
    var directory = out == null ? firstFree() : out;
    var place =
        new TrainingJob.Place(directory, Optional.empty(), false, overwrite, Optional.empty());
    int exitCode =
        new TrainingJob(
                spec,
                text,
                place,
                new TrainingJob.Options(size, recipe, report, engine, RankOptions.none()))
            .run(false);
    var notices = report.notices(spec);
    if (exitCode == 0) {
      notices.accept(
          "now try: ./fader generate %s --prompt '    public static'"
              .formatted(ShellWord.of(directory)));
    }
    return exitCode;
  }

  private Path firstFree() throws IOException {
    var path = Path.of(DIRECTORY);
    if (overwrite) {
      return path;
    }
    for (int i = 2; Files.exists(path) && !new OutputDirectory(path).isUntrained(); i++) {
      path = Path.of(DIRECTORY + "-" + i);
    }
    return path;
  }
}
