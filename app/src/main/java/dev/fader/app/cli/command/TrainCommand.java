package dev.fader.app.cli.command;

import dev.fader.app.cli.option.DataOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.LaunchedRanks;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.ModelSizeOptions;
import dev.fader.app.cli.option.RankOptions;
import dev.fader.app.cli.option.RecipeOptions;
import dev.fader.app.cli.option.ReportOptions;
import dev.fader.app.hub.ModelName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader train`: learns a model from text.
@Command(
    name = "train",
    sortOptions = false,
    customSynopsis = {
      "fader train --data DATA --out DIR [--minutes N | --depth N | --preset NAME] [OPTION...]",
      "       fader train --resume --out DIR"
    },
    description = "Learns a language model from text, from random parameters or from a model.")
public final class TrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

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
      names = "--tokenizer",
      paramLabel = "WHICH",
      description =
          "bytes, char, bpe:SIZE, or a directory or tokenizer.json; default: that of --init; bytes"
              + " below 100 kB of text, bpe:1024, from 1 MB bpe:2048, from 4 MB bpe:4096.")
  private @Nullable String tokenizer;

  @Option(
      names = "--init",
      paramLabel = "MODEL",
      description =
          "The model to begin with: a directory, a .gguf file, or OWNER/NAME that pull has"
              + " fetched.")
  private @Nullable Path init;

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

  @Mixin private ModelSizeOptions size;
  @Mixin private RecipeOptions recipe;
  @Mixin private ReportOptions report;
  @Mixin private EngineOptions engine;
  @Mixin private RankOptions ranks;

  @Option(names = "--dry-run", description = "Prints the plan and exits.")
  private boolean dryRun;

  TrainCommand() {}

  /// All ranks join first: what is wrong with the values of their options, each finds, and one
  /// tells.
  @Override
  public Integer call() throws IOException {
    return ranks.together(this::train);
  }

  private int train(LaunchedRanks launched) throws IOException {
    if (validationFraction != null && !(validationFraction >= 0 && validationFraction <= 0.5)) {
      throw new ParameterException(
          spec.commandLine(),
          "--val-fraction is %s, and must be from 0 to 0.5".formatted(validationFraction));
    }
    if (resume && overwrite) {
      throw new ParameterException(
          spec.commandLine(), "--resume goes on with what --overwrite deletes: choose one of them");
    }
    var text =
        new TrainingJob.Text(
            data,
            validationData,
            Optional.ofNullable(validationFraction),
            Optional.ofNullable(tokenizer));
    var beginning =
        init != null && ModelName.isLike(init.toString())
            ? Optional.of(ModelArgument.resolve(init))
            : Optional.ofNullable(init);
    var place = new TrainingJob.Place(out, beginning, resume, overwrite, Optional.empty());
    return new TrainingJob(
            spec, text, place, new TrainingJob.Options(size, recipe, report, engine, ranks))
        .run(launched, dryRun);
  }
}
