package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ExistingOut;
import dev.fader.app.cli.option.GgufSource;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.report.PerplexityComparison;
import dev.fader.app.cli.report.QuantizationReport;
import dev.fader.app.cli.terminal.ProgressLine;
import dev.fader.app.view.Json;
import dev.fader.kernel.Engine;
import dev.fader.model.convert.ModelQuantization;
import dev.fader.model.convert.QuantizationMix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader quantize`: a model in fewer bits, and what that cost.
@Command(
    name = "quantize",
    description = {
      "Writes a model in fewer bits, and says what error that cost.",
      "A model that is quantised already is refused, because the errors add up: where no other is to"
          + " be had, convert it to a directory and quantise that."
    })
public final class QuantizeCommand implements Callable<Integer> {
  private static final String GGUF = ".gguf";

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "IN",
      description =
          "A .gguf file in F32, F16 or BF16, a model directory, or OWNER/NAME that pull has"
              + " fetched.")
  private Path in = Path.of("");

  @Parameters(index = "1", paramLabel = "OUT", description = "The .gguf file to write.")
  private Path out = Path.of("");

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      required = true,
      description =
          "One of ${COMPLETION-CANDIDATES}. Those that end in S, M or L give more bits to the"
              + " tensors that matter more, as llama.cpp does.")
  private QuantizationMix type = QuantizationMix.Q4_K_M;

  @Option(
      names = "--eval-data",
      paramLabel = "DATA",
      description = "Text to compare the perplexity of both models on, named as for --data.")
  private List<String> evaluationData = new ArrayList<>();

  @Mixin private ExistingOut existing;
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  QuantizeCommand() {}

  @Override
  public Integer call() throws IOException {
    var model = ModelArgument.resolve(in);
    checkOut(model);
    var folder = Objects.requireNonNull(out.toAbsolutePath().getParent());
    Consumer<String> announce = spec.commandLine().getErr()::println;
    if (evaluationData.isEmpty()) {
      try (var engine = engineOptions.open();
          var source = GgufSource.of(model, folder)) {
        report(quantize(engine, source.file()), Optional.empty());
      }
      return 0;
    }
    try (var engine = engineOptions.open();
        var corpus = PerplexityComparison.corpus(evaluationData, announce);
        var source = GgufSource.of(model, folder);
        var comparison = PerplexityComparison.open(engine, source.file(), corpus, announce)) {
      var results = quantize(engine, source.file());
      report(results, Optional.of(comparison.with(out)));
    }
    return 0;
  }

  private void report(
      List<ModelQuantization.Result> results, Optional<PerplexityComparison.Change> change) {
    var report = new QuantizationReport(type, results, change);
    var output = spec.commandLine().getOut();
    if (json) {
      output.println(Json.text(report.json(out)));
    } else {
      report.print(output, out);
    }
  }

  private void checkOut(Path model) throws IOException {
    if (!out.toString().toLowerCase(Locale.ROOT).endsWith(GGUF)) {
      throw new ParameterException(
          spec.commandLine(), "OUT is %s, and must end in .gguf".formatted(out));
    }
    if (Files.exists(out) && Files.isSameFile(model, out)) {
      throw new ParameterException(spec.commandLine(), "IN and OUT are the same file");
    }
    existing.check(out);
  }

  private List<ModelQuantization.Result> quantize(Engine engine, Path source) throws IOException {
    var line = new ProgressLine(spec.commandLine().getErr());
    var quantization =
        new ModelQuantization(
            type,
            engine.kernels().workers(),
            (done, total) -> {
              double fraction = total == 0 ? 1 : (double) done / total;
              var status =
                  String.format(
                      Locale.ROOT, "quantising to %s: %.0f %%", type, Math.floor(100 * fraction));
              line.show(fraction, status, false);
            });
    try {
      return quantization.run(source, out);
    } finally {
      line.clear();
    }
  }
}
