package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.report.DifferenceReport;
import dev.fader.inspect.difference.ModelComparison;
import dev.fader.inspect.difference.ModelDifference;
import dev.fader.inspect.difference.TurnedModel;
import dev.fader.inspect.tensor.NoSuchTensorException;
import dev.fader.inspect.tensor.TensorPattern;
import dev.fader.model.mix.Mix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader diff`: what is different in two models.
@Command(
    name = "diff",
    description =
        "Tells what is different in two models: the same, quantised, a merged LoRA, fine-tuned, or"
            + " another one; tensor by tensor, and by layers and modules. --adapter puts adapters"
            + " beside the second, so that diff MODEL MODEL --adapter ADAPTER tells what one does.")
public final class DiffCommand implements Callable<Integer> {
  private static final String MODEL =
      "A model directory, a .safetensors or .gguf file, or OWNER/NAME[:FILE] that pull has fetched";

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "A",
      description = MODEL + "; what the other is compared with.")
  private Path first = Path.of("");

  @Parameters(index = "1", paramLabel = "B", description = MODEL + ".")
  private Path second = Path.of("");

  @Option(
      names = "--tensor",
      paramLabel = "PATTERN",
      description =
          "Only tensors of this name, or with it between dots: q_proj, layers.3; * stands for any"
              + " letters. The names are those of directories.")
  private String pattern = "*";

  @Mixin private AdapterOptions adapters;

  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  DiffCommand() {}

  @Override
  public Integer call() throws IOException {
    var out = spec.commandLine().getOut();
    var report = new DifferenceReport(compared());
    if (json) {
      out.println(report.json());
    } else {
      report.print(out);
    }
    return 0;
  }

  private ModelDifference compared() throws IOException {
    try (var engine = engineOptions.open();
        var comparison = new ModelComparison(engine.kernels(), engine.memory())) {
      return comparison.compare(
          TurnedModel.of(ModelArgument.resolve(first)),
          new TurnedModel(ModelArgument.resolve(second), adapters.sources(), Mix.NEUTRAL),
          new TensorPattern(pattern),
          (compared, of) -> {});
    } catch (NoSuchTensorException none) {
      throw new ParameterException(spec.commandLine(), "--tensor: " + none.getMessage(), none);
    }
  }
}
