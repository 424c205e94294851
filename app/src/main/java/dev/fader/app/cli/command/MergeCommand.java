package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ExistingOut;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.model.convert.ModelMerge;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader merge`: a model with adapters in its weights.
@Command(
    name = "merge",
    customSynopsis = "fader merge MODEL ADAPTER[:SCALE]... OUT [OPTION...]",
    description = {
      "Writes a model with adapters put into its weights, so that it runs without them.",
      "The sums are computed in float32. Before OUT takes its place, its logits are compared with"
          + " those of MODEL and the adapters beside it."
    })
public final class MergeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "A model directory, a .gguf file, or OWNER/NAME[:FILE] that pull has fetched.")
  private Path model = Path.of("");

  @Parameters(
      index = "1..*",
      arity = "2..*",
      paramLabel = "ADAPTER[:SCALE]... OUT",
      description =
          "Directories that tune, peft or mlx-lm wrote, or GGUF files, each with what its effect is multiplied with if that is not"
              + " 1; last the directory to write, or the .gguf file, which MODEL asks for if it is"
              + " one.")
  private List<String> rest = List.of();

  @Mixin private MergedOut merged;
  @Mixin private ExistingOut existing;
  @Mixin private EngineOptions engineOptions;

  MergeCommand() {}

  @Override
  public Integer call() throws IOException {
    var source = ModelArgument.resolve(model);
    var out = Path.of(rest.getLast());
    var adapters = AdapterOptions.sources(spec, "ADAPTER", rest.subList(0, rest.size() - 1));
    var sources = new ArrayList<>(List.of(source));
    adapters.forEach(adapter -> sources.add(adapter.path()));
    merged.check(model, sources, out, existing);
    try (var engine = engineOptions.open()) {
      merged.write(model, new ModelMerge(source, adapters, engine.kernels(), engine.memory()), out);
    }
    return 0;
  }
}
