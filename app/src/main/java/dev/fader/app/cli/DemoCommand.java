package dev.fader.app.cli;

import dev.fader.data.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fader demo`: a model learns to write Java, from nothing, before one's eyes.
@Command(
    name = "demo",
    description =
        "Learns to write Java from your JDK's own sources, in about two minutes, from random"
            + " parameters. Takes every option of train that says what and how.")
final class DemoCommand implements Callable<Integer> {
  private static final String MINUTES = "2";

  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the model goes; default fader-demo.")
  private Path out = Path.of("fader-demo");

  @Mixin private RecipeOptions recipe;
  @Mixin private ReportOptions report;
  @Mixin private EngineOptions engine;

  DemoCommand() {}

  @Override
  public Integer call() throws IOException {
    recipe.minutesOtherwise(MINUTES);
    report.samplePromptOtherwise("public ");
    var text =
        new TrainingJob.Text(
            new DataOptions(List.of("jdk")),
            List.of(),
            Dataset.VALIDATION_FRACTION,
            Optional.of("bpe:2048"));
    var place = new TrainingJob.Place(out, Optional.empty(), false, true);
    int exitCode =
        new TrainingJob(spec, text, place, new TrainingJob.Options(recipe, report, engine))
            .run(false);
    if (exitCode == 0) {
      report
          .notices(spec)
          .accept("now try: ./fader generate %s --prompt 'public static '".formatted(out));
    }
    return exitCode;
  }
}
