package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ExistingOut;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.view.Json;
import dev.fader.model.adapter.AdapterDirectory;
import dev.fader.model.adapter.AdapterExtraction;
import dev.fader.model.adapter.ModuleSelection;
import dev.fader.model.adapter.Origin;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader adapter extract`: a LoRA of the difference of two models.
@Command(
    name = "extract",
    customSynopsis = "fader adapter extract BASE TUNED OUT --rank R [OPTION...]",
    description =
        "Makes a LoRA of the difference of two models of the same shape, by the largest singular"
            + " values of each matrix, and tells how much of it that holds. Norms, biases and other"
            + " parameters that changed are kept whole.")
public final class AdapterExtractCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "BASE",
      description = "The model that the adapter is for: a directory, .gguf file or OWNER/NAME.")
  private Path base = Path.of("");

  @Parameters(index = "1", paramLabel = "TUNED", description = "The model that it shall become.")
  private Path tuned = Path.of("");

  @Parameters(index = "2", paramLabel = "OUT", description = "The directory to write.")
  private Path out = Path.of("");

  @Option(
      names = "--rank",
      paramLabel = "R",
      required = true,
      description = "Of the factors of each matrix, at most.")
  private int rank;

  @Option(
      names = "--targets",
      paramLabel = "NAMES",
      description =
          "The matrices that become LoRA: names, a regular expression or all-linear; others that"
              + " changed are kept whole; default: all-linear.")
  private String targets = ModuleSelection.ALL_LINEAR;

  @Mixin private ExistingOut existing;
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  AdapterExtractCommand() {}

  @Override
  public Integer call() throws IOException {
    AdapterOutput.requireRank(spec, rank);
    AdapterOutput.requireOther(spec, out, base);
    AdapterOutput.requireOther(spec, out, tuned);
    existing.check(out);
    try (var engine = engineOptions.open();
        var first = ModelArgument.open(base, engine, false);
        var second = ModelArgument.open(tuned, engine, false);
        var arena = engine.memory().open("adapter")) {
      var extraction =
          new AdapterExtraction(
              first.decoder().parameters(),
              second.decoder().parameters(),
              engine.kernels(),
              engine.memory());
      var origin = Origin.of(AdapterChoice.whole(base));
      var result = extraction.extract(rank, ModuleSelection.of(targets), origin, arena);
      AdapterDirectory.write(out, result.adapter(), first.config());
      report(result);
    }
    return 0;
  }

  private void report(AdapterExtraction.Result result) {
    if (json) {
      spec.commandLine()
          .getOut()
          .println(
              Json.text(
                  Json.object(
                      "out", out.toString(),
                      "rank", rank,
                      "kept", result.share(),
                      "modules", AdapterOutput.shares(result.kept()),
                      "whole", result.whole(),
                      "biases", result.biases(),
                      "unchanged", result.unchanged())));
      return;
    }
    var err = spec.commandLine().getErr();
    if (!result.kept().isEmpty()) {
      AdapterOutput.show(spec, result.kept(), result.share(), "the difference");
    }
    if (!result.whole().isEmpty()) {
      err.printf("kept whole: %s%n", String.join(", ", result.whole()));
    }
    if (result.biases()) {
      err.printf("kept whole: all biases%n");
    }
    if (result.unchanged() > 0) {
      err.printf(
          "left out: %d matrices that are the same in both, up to rounding%n", result.unchanged());
    }
    err.printf("%s: written%n", out);
  }
}
