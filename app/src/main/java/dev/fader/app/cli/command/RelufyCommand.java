package dev.fader.app.cli.command;

import dev.fader.app.cli.option.DataOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.ModelSizeOptions;
import dev.fader.app.cli.option.RankOptions;
import dev.fader.app.cli.option.RecipeOptions;
import dev.fader.app.cli.option.ReportOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader relufy`: a model learns to do without most of its neurons.
@Command(
    name = "relufy",
    sortOptions = false,
    customSynopsis = {
      "fader relufy MODEL --data DATA --out DIR [OPTION...]",
      "       fader relufy --resume --out DIR"
    },
    description = {
      "Gives a model with SwiGLU or GeGLU ReLU on both projections (dReLU), and trains it back on"
          + " text: most neurons of a token become exactly zero, and generation with --sparse skips"
          + " them.",
      "It says the validation loss before, right after and at the end, and the share of zeros in"
          + " each layer. The model of the last step is kept."
    })
public final class RelufyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      arity = "0..1",
      description =
          "A model directory, a .gguf file, or OWNER/NAME that pull has fetched; none with"
              + " --resume.")
  private @Nullable Path model;

  @Mixin private DataOptions data;

  @Option(
      names = "--val-data",
      paramLabel = "DATA",
      description = "Text to validate with; if not given, some of --data is held out.")
  private List<String> validationData = List.of();

  @Option(
      names = "--val-fraction",
      paramLabel = "F",
      description = "How much of --data to hold out; default 0.1, 0 for nothing.")
  private @Nullable Double validationFraction;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where the model and its checkpoints go.")
  private Path out;

  @Option(names = "--resume", description = "Goes on from the newest whole checkpoint in --out.")
  private boolean resume;

  @Option(names = "--overwrite", description = "Deletes the model that is in --out.")
  private boolean overwrite;

  @Mixin private RecipeOptions recipe = RecipeOptions.ofZeros();
  @Mixin private ReportOptions report;
  @Mixin private EngineOptions engine;

  @Option(names = "--dry-run", description = "Prints the plan and exits.")
  private boolean dryRun;

  RelufyCommand() {}

  @Override
  public Integer call() throws IOException {
    if (model == null && !resume) {
      throw misuse("MODEL is missing; see fader relufy --help");
    }
    if (validationFraction != null && !(validationFraction >= 0 && validationFraction <= 0.5)) {
      throw misuse("--val-fraction is %s, and must be from 0 to 0.5".formatted(validationFraction));
    }
    if (resume && overwrite) {
      throw misuse("--resume goes on with what --overwrite deletes: choose one of them");
    }
    var text =
        new TrainingJob.Text(
            data, validationData, Optional.ofNullable(validationFraction), Optional.empty());
    var beginning =
        model == null ? Optional.<Path>empty() : Optional.of(ModelArgument.resolve(model));
    var turn = Optional.of(new TrainingJob.Turn(OptionalDouble.empty()));
    var place = new TrainingJob.Place(out, beginning, resume, overwrite, turn);
    var options =
        new TrainingJob.Options(
            ModelSizeOptions.none(), recipe, report, engine, RankOptions.none());
    return new TrainingJob(spec, text, place, options).run(dryRun);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
