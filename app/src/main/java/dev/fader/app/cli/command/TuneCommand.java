package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ExampleOptions;
import dev.fader.app.cli.option.LaunchedRanks;
import dev.fader.app.cli.option.MethodOptions;
import dev.fader.app.cli.option.RankOptions;
import dev.fader.app.cli.option.RecipeOptions;
import dev.fader.app.cli.option.ReportOptions;
import dev.fader.app.cli.option.TemplateOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader tune`: a small part of the parameters learns a task.
@Command(
    name = "tune",
    sortOptions = false,
    customSynopsis = {
      "fader tune MODEL --data FILE... --out ADAPTER [--method NAME] [OPTION...]",
      "       fader tune MODEL --data FILE... --out ADAPTER --init-adapter ADAPTER [OPTION...]",
      "       fader tune MODEL --data FILE... --out MODEL --train PATTERN [--freeze PATTERN]",
      "       fader tune MODEL --data FILE... --show N",
      "       fader tune --resume --out ADAPTER"
    },
    description = {
      "Tunes a model: an adapter beside it learns a task from examples; the model stays as it is.",
      "What is learned follows from the examples: the answers of conversations and prompts, the"
          + " tokens of texts, which of two answers is better, or the labels of texts."
    })
public final class TuneCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MODEL",
      arity = "0..1",
      description =
          "A model directory, a .gguf file, which may be quantised, or OWNER/NAME[:FILE] that pull"
              + " has fetched.")
  private @Nullable Path model;

  @Mixin private ExampleOptions examples;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the adapter and its checkpoints go: a directory as peft has it.")
  private @Nullable Path out;

  @Option(
      names = "--init-adapter",
      paramLabel = "ADAPTER",
      description =
          "An adapter of tune, peft, mlx-lm or llama.cpp that learns on, in place of a new one.")
  private @Nullable Path adapter;

  @Option(names = "--resume", description = "Goes on from the newest whole checkpoint in --out.")
  private boolean resume;

  @Option(names = "--overwrite", description = "Deletes the adapter that is in --out.")
  private boolean overwrite;

  @Option(
      names = "--chat-template",
      paramLabel = "FILE",
      description = "The chat template, for a model that has none or another one.")
  private @Nullable Path template;

  @Mixin private TemplateOptions templateOptions;
  @Mixin private MethodOptions method;
  @Mixin private RecipeOptions recipe;
  @Mixin private ReportOptions report;
  @Mixin private EngineOptions engine;
  @Mixin private RankOptions ranks;

  @Option(names = "--dry-run", description = "Prints the plan and exits.")
  private boolean dryRun;

  @Option(
      names = "--show",
      paramLabel = "N",
      description = "Prints N examples with what is learned of them, counts everything, and exits.")
  private @Nullable Integer show;

  TuneCommand() {}

  /// All ranks join first: what is wrong with the values of their options, each finds, and one
  /// tells.
  @Override
  public Integer call() throws IOException {
    return ranks.together(this::tune);
  }

  private int tune(LaunchedRanks launched) throws IOException {
    if (resume && overwrite) {
      throw misuse("--resume goes on with what --overwrite deletes: choose one of them");
    }
    if (show != null && show < 1) {
      throw misuse("--show is %d, and must be at least 1".formatted(show));
    }
    if (model == null && !resume) {
      throw misuse("MODEL is missing; see fader tune --help");
    }
    if (out == null && (show == null || resume)) {
      throw misuse("--out is missing; see fader tune --help");
    }
    if (show != null) {
      RankOptions.requireOneProcess("tune --show");
    }
    var options =
        new TuningJob.Options(examples, method, recipe, templateOptions, report, engine, ranks);
    var place =
        new TuningJob.Place(
            Optional.ofNullable(model),
            Optional.ofNullable(template),
            Optional.ofNullable(adapter),
            Optional.ofNullable(out),
            resume,
            overwrite);
    return new TuningJob(spec, place, options).run(launched, dryRun, show == null ? 0 : show);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
