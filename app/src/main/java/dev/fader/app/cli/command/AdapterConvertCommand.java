package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ExistingOut;
import dev.fader.app.cli.option.StoredType;
import dev.fader.app.view.Json;
import dev.fader.kernel.Engine;
import dev.fader.model.adapter.AdapterDirectory;
import dev.fader.model.adapter.GgufAdapter;
import dev.fader.model.adapter.LoadedAdapter;
import dev.fader.model.adapter.LowRankConversion;
import dev.fader.model.adapter.StoredAdapter;
import dev.fader.model.convert.WeightType;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader adapter convert`: an adapter in another format.
@Command(
    name = "convert",
    customSynopsis = "fader adapter convert ADAPTER OUT [--to peft|gguf] [OPTION...]",
    description = {
      "Writes an adapter as a directory of peft or as a GGUF file of llama.cpp, which reads LoRA"
          + " alone.",
      "With --rank, one of any method that changes weights becomes LoRA by the largest singular"
          + " values of its changes."
    })
public final class AdapterConvertCommand implements Callable<Integer> {
  private static final String TYPE = "--type";

  /// Formats that are written.
  private enum Form {
    PEFT,
    GGUF
  }

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "ADAPTER",
      description = "A directory that tune, peft or mlx-lm wrote, or a GGUF file.")
  private Path adapter = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "The directory or .gguf file to write.")
  private Path out = Path.of("");

  @Option(
      names = "--to",
      paramLabel = "FORMAT",
      description = "peft or gguf; default: gguf if OUT ends in .gguf, else peft.")
  private @Nullable String to;

  @Mixin private AdapterBase base;

  @Option(
      names = TYPE,
      paramLabel = "TYPE",
      description = "Of the numbers in a GGUF file: f32, f16, bf16 or q8_0; default: f32.")
  private @Nullable String type;

  @Option(
      names = "--rank",
      paramLabel = "R",
      description = "Makes LoRA of this rank, and tells how much of the changes it holds.")
  private @Nullable Integer rank;

  @Mixin private ExistingOut existing;
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  AdapterConvertCommand() {}

  @Override
  public Integer call() throws IOException {
    var stored = StoredAdapter.of(adapter);
    var form = form();
    var stores = type();
    if (form == Form.PEFT && type != null) {
      throw misuse("%s %s is of GGUF files: leave it out, or give --to gguf".formatted(TYPE, type));
    }
    AdapterOutput.requireRank(spec, rank);
    AdapterOutput.requireOther(spec, out, adapter);
    existing.check(out);
    try (var engine = engineOptions.open();
        var model = base.open(stored, engine);
        var arena = engine.memory().open("adapter")) {
      var loaded = stored.read(model.decoder().parameters(), arena);
      var report = new LinkedHashMap<String, Object>();
      report.put("out", out.toString());
      report.put("format", form.name().toLowerCase(Locale.ROOT));
      if (rank != null) {
        loaded = lowRank(loaded, model, engine, arena, report);
      }
      if (form == Form.GGUF) {
        GgufAdapter.write(out, loaded, model.config(), stores);
      } else {
        AdapterDirectory.write(out, AdapterOutput.of(loaded, model), model.config());
      }
      if (json) {
        spec.commandLine().getOut().println(Json.text(report));
      } else {
        spec.commandLine().getErr().printf("%s: written%n", out);
      }
    }
    return 0;
  }

  private Form form() {
    if (to == null) {
      boolean gguf = out.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
      return gguf ? Form.GGUF : Form.PEFT;
    }
    for (var form : Form.values()) {
      if (form.name().equalsIgnoreCase(to)) {
        return form;
      }
    }
    throw misuse("--to '%s' is not a format that is written: choose peft or gguf".formatted(to));
  }

  private DType type() {
    if (type == null) {
      return DType.FLOAT32;
    }
    if (StoredType.weights(spec, TYPE, type) instanceof WeightType.Uniform(var plain)
        && GgufAdapter.TYPES.contains(plain)) {
      return plain;
    }
    if (type.equalsIgnoreCase(DType.Q8_0.name())) {
      return DType.Q8_0;
    }
    throw misuse("%s '%s': adapters are stored as f32, f16, bf16 or q8_0".formatted(TYPE, type));
  }

  private LoadedAdapter lowRank(
      LoadedAdapter loaded,
      LoadedModel model,
      Engine engine,
      TensorArena arena,
      Map<String, Object> report) {
    int wanted = rank == null ? 1 : rank;
    var result =
        LowRankConversion.of(loaded, wanted, model.decoder().parameters(), engine.kernels(), arena);
    report.put("rank", wanted);
    report.put("kept", result.share());
    report.put("modules", AdapterOutput.shares(result.kept()));
    if (!json) {
      AdapterOutput.show(spec, result.kept(), result.share(), "the change");
    }
    return result.adapter();
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
