package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ExistingOut;
import dev.fader.app.view.Json;
import dev.fader.model.adapter.AdapterCombination;
import dev.fader.model.adapter.AdapterDirectory;
import dev.fader.model.adapter.StoredAdapter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader adapter combine`: one LoRA of several.
@Command(
    name = "combine",
    customSynopsis = "fader adapter combine ADAPTER[:WEIGHT]... --out OUT [OPTION...]",
    description = "Makes one LoRA of several of the same model, each with a weight.")
public final class AdapterCombineCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0..*",
      arity = "1..*",
      paramLabel = "ADAPTER[:WEIGHT]",
      description =
          "Directories that tune, peft or mlx-lm wrote, or GGUF files, each with what its change"
              + " is multiplied with if that is not 1.")
  private List<String> adapters = List.of();

  @Option(
      names = "--out",
      paramLabel = "OUT",
      required = true,
      description = "The directory to write, as peft has it.")
  private Path out = Path.of("");

  @Option(
      names = "--method",
      paramLabel = "METHOD",
      description =
          "cat: factors one behind the other, exactly the sum of the changes, of the sum of the"
              + " ranks; svd: the best of --rank; linear: sums of factors of one rank, which is not"
              + " the sum of the changes; default: cat.")
  private String method = "cat";

  @Option(
      names = "--rank",
      paramLabel = "R",
      description = "Of what svd makes; default: the largest of the adapters.")
  private @Nullable Integer rank;

  @Mixin private AdapterBase base;
  @Mixin private ExistingOut existing;
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  AdapterCombineCommand() {}

  @Override
  public Integer call() throws IOException {
    var chosen = method();
    AdapterOutput.requireRank(spec, rank);
    if (rank != null && chosen != AdapterCombination.Method.SVD) {
      throw misuse("--rank is of --method svd, and it is %s: leave one out".formatted(method));
    }
    var sources = AdapterOptions.sources(spec, "ADAPTER", adapters);
    var stored = new ArrayList<StoredAdapter>();
    for (var source : sources) {
      stored.add(StoredAdapter.of(source.path()));
      AdapterOutput.requireOther(spec, out, source.path());
    }
    existing.check(out);
    try (var engine = engineOptions.open();
        var model = base.open(stored.getFirst(), engine);
        var arena = engine.memory().open("adapters")) {
      var parts = new ArrayList<AdapterCombination.Part>();
      for (int i = 0; i < stored.size(); i++) {
        var loaded = stored.get(i).read(model.decoder().parameters(), arena);
        var source = sources.get(i);
        parts.add(new AdapterCombination.Part(source.path().toString(), loaded, source.scale()));
      }
      var result =
          new AdapterCombination(model.config(), arena)
              .combine(parts, chosen, rank == null ? OptionalInt.empty() : OptionalInt.of(rank));
      AdapterDirectory.write(out, AdapterOutput.of(result.adapter(), model), model.config());
      report(chosen, result);
    }
    return 0;
  }

  private AdapterCombination.Method method() {
    for (var known : AdapterCombination.Method.values()) {
      if (known.name().equalsIgnoreCase(method)) {
        return known;
      }
    }
    throw misuse(
        "--method '%s' is not known: choose cat, linear or svd; ties and dare are not done here"
            .formatted(method));
  }

  private void report(AdapterCombination.Method chosen, AdapterCombination.Result result) {
    boolean svd = chosen == AdapterCombination.Method.SVD;
    if (json) {
      var report = new LinkedHashMap<String, Object>();
      report.put("out", out.toString());
      report.put("adapters", adapters);
      report.put("method", chosen.name().toLowerCase(Locale.ROOT));
      if (svd) {
        report.put("kept", result.share());
        report.put("modules", AdapterOutput.shares(result.kept()));
      }
      spec.commandLine().getOut().println(Json.text(report));
      return;
    }
    if (svd) {
      AdapterOutput.show(spec, result.kept(), result.share(), "the sum of the changes");
    }
    spec.commandLine().getErr().printf("%s: written%n", out);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
