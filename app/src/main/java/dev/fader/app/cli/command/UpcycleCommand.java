package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ExistingOut;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.view.Json;
import dev.fader.format.FormatException;
import dev.fader.inspect.count.ParameterCount;
import dev.fader.model.convert.Upcycling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader upcycle`: a dense model as a mixture of experts.
@Command(
    name = "upcycle",
    customSynopsis = "fader upcycle MODEL OUT --experts N [OPTION...]",
    description = {
      "Writes a dense model as a mixture of experts, to be trained further (fader train --init"
          + " OUT): llama and mistral as mixtral, qwen3 as qwen3_moe.",
      "Every expert is a copy of the feed-forward network, and a new router chooses among them, so"
          + " that it begins as good as MODEL: before OUT takes its place, its logits are compared."
    })
public final class UpcycleCommand implements Callable<Integer> {
  private static final int USUAL_PER_TOKEN = 2;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "A model directory, or OWNER/NAME that pull has fetched.")
  private Path model = Path.of("");

  @Parameters(index = "1", paramLabel = "OUT", description = "The directory to write.")
  private Path out = Path.of("");

  @Option(
      names = "--experts",
      paramLabel = "N",
      required = true,
      description = "Feed-forward networks of each layer.")
  private int experts;

  @Option(
      names = "--experts-per-token",
      paramLabel = "N",
      description = "How many of them the router chooses for a token; default 2, or all.")
  private @Nullable Integer chosen;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of the routers' random numbers; default 1.")
  private long seed = 1;

  @Mixin private ExistingOut existing;
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  UpcycleCommand() {}

  @Override
  public Integer call() throws IOException {
    checkNumbers();
    var source = ModelArgument.resolve(model);
    check(source);
    try (var engine = engineOptions.open()) {
      var choice = new Upcycling.Choice(experts, perToken(), seed);
      report(new Upcycling(source, choice, engine.kernels(), engine.memory()).writeDirectory(out));
    }
    return 0;
  }

  private void checkNumbers() {
    if (experts < 1) {
      throw misuse("--experts is %d, and must be at least 1".formatted(experts));
    }
    int perToken = perToken();
    if (perToken < 1 || perToken > experts) {
      throw misuse(
          "--experts-per-token is %d, and must be from 1 to the %d of --experts"
              .formatted(perToken, experts));
    }
  }

  private int perToken() {
    return chosen == null ? Math.min(USUAL_PER_TOKEN, experts) : chosen;
  }

  private void check(Path source) throws IOException {
    if (!Files.isDirectory(source)) {
      throw new FormatException(
          source, "is not a model directory: name one, or make one with fader convert");
    }
    if (ExistingOut.isOrHolds(out, source)) {
      throw misuse(
          "OUT, %s, would take the place of %s, which is read: choose another OUT"
              .formatted(out, source));
    }
    existing.check(out);
  }

  private void report(Upcycling.Summary summary) {
    var count = ParameterCount.of(summary.config());
    var check = summary.check();
    if (json) {
      spec.commandLine()
          .getOut()
          .println(
              Json.text(
                  Json.object(
                      "model", model.toString(),
                      "out", out.toString(),
                      "family", summary.config().family(),
                      "parameters", count.total(),
                      "active_parameters", count.active(),
                      "tensors", summary.tensors(),
                      "bytes", summary.bytes(),
                      "logit_difference", check.largest(),
                      "relative_difference", check.relative())));
      return;
    }
    var err = spec.commandLine().getErr();
    err.printf(
        Locale.ROOT,
        "%s: %s, %,d parameters, %,d of them used for a token, %.1f MB%n",
        out,
        summary.config().family(),
        count.total(),
        count.active(),
        summary.bytes() / 1e6);
    err.printf(
        Locale.ROOT,
        "checked: the logits of %d tokens differ by at most %.2g from those of %s, and by %.2g of their size%n",
        check.tokens(),
        check.largest(),
        model,
        check.relative());
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
