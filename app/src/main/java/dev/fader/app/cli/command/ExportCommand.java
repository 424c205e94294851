package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ExistingOut;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.model.adapter.Origin;
import dev.fader.model.convert.ModelMerge;
import dev.fader.model.mix.MixFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader export`: a model with a mix in its weights.
@Command(
    name = "export",
    customSynopsis = "fader export MODEL MIX OUT [OPTION...]",
    description = {
      "Writes a model with a mix put into its weights, so that any program runs it as it was mixed.",
      "Products are computed in float32. Before OUT takes its place, its logits are compared with"
          + " those of MODEL and the mix beside it. With --rank it is a LoRA adapter, where one of"
          + " that rank is exact."
    })
public final class ExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "A model directory, a .gguf file, or OWNER/NAME[:FILE] that pull has fetched.")
  private Path model = Path.of("");

  @Parameters(index = "1", paramLabel = "MIX", description = "A mix, as fader mix makes it.")
  private Path mix = Path.of("");

  @Parameters(
      index = "2",
      paramLabel = "OUT",
      description =
          "The directory to write, or the .gguf file, which MODEL asks for if it is one and --rank"
              + " is not given.")
  private Path out = Path.of("");

  @Option(
      names = "--rank",
      paramLabel = "R",
      description =
          "Writes a LoRA adapter of this rank at most: what is turned of rows, columns and neurons"
              + " takes 1 each, of a head its size.")
  private @Nullable Integer rank;

  @Mixin private MergedOut merged;
  @Mixin private ExistingOut existing;
  @Mixin private AdapterOptions adapters;
  @Mixin private EngineOptions engineOptions;

  ExportCommand() {}

  @Override
  public Integer call() throws IOException {
    var source = ModelArgument.resolve(model);
    var beside = adapters.sources();
    var sources = new ArrayList<>(List.of(source, mix));
    beside.forEach(adapter -> sources.add(adapter.path()));
    AdapterOutput.requireRank(spec, rank);
    if (rank == null) {
      merged.check(model, sources, out, existing);
    } else {
      merged.checkAdapter(sources, out, existing);
    }
    var turned = MixFile.read(mix);
    try (var engine = engineOptions.open()) {
      var merge = new ModelMerge(source, beside, engine.kernels(), engine.memory()).with(turned);
      if (rank == null) {
        merged.write(model, merge, out);
      } else {
        var origin = Origin.of(AdapterChoice.whole(model));
        merged.writeAdapter(merge, new MergedOut.Adapter(out, rank, origin));
      }
    }
    return 0;
  }
}
