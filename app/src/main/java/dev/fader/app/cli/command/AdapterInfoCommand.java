package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.Json;
import dev.fader.model.adapter.AdapterSummary;
import dev.fader.model.adapter.ChangeNorms;
import dev.fader.model.adapter.StoredAdapter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fader adapter info`: what an adapter is.
@Command(
    name = "info",
    customSynopsis = "fader adapter info ADAPTER [--model MODEL] [--json]",
    description =
        "Tells the method, rank, targets, size and base model of an adapter, and with --model how"
            + " much it changes the weights.")
public final class AdapterInfoCommand implements Callable<Integer> {
  private static final double PERCENT = 100;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "ADAPTER",
      description = "A directory that tune, peft or mlx-lm wrote, or a GGUF file.")
  private Path adapter = Path.of("");

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description =
          "Measures how much it changes this model: a directory, a .gguf file or OWNER/NAME[:FILE].")
  private @Nullable Path measured;

  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  AdapterInfoCommand() {}

  @Override
  public Integer call() throws IOException {
    var stored = StoredAdapter.of(adapter);
    var summary = AdapterSummary.of(stored);
    Map<String, ChangeNorms> norms = new LinkedHashMap<>();
    long learned = summary.parameters();
    if (measured != null) {
      try (var engine = engineOptions.open();
          var model = ModelArgument.open(measured, engine, false);
          var arena = engine.memory().open("adapter")) {
        var parameters = model.decoder().parameters();
        var loaded = stored.read(parameters, arena);
        learned = loaded.count(model.config());
        norms = ChangeNorms.of(loaded, parameters, engine.kernels(), engine.memory());
      }
    }
    if (json) {
      spec.commandLine().getOut().println(Json.text(object(stored, summary, learned, norms)));
    } else {
      show(stored, summary, learned, norms);
    }
    return 0;
  }

  private static Map<String, Object> object(
      StoredAdapter stored, AdapterSummary summary, long learned, Map<String, ChangeNorms> norms) {
    var object = new LinkedHashMap<String, Object>();
    object.put("adapter", stored.path().toString());
    object.put("format", stored.format().label());
    object.put("method", summary.method());
    object.put("ranks", List.copyOf(summary.ranks()));
    summary
        .strength()
        .ifPresent(strength -> {
          int space = strength.indexOf(' ');
          object.put(
              strength.substring(0, space), Double.parseDouble(strength.substring(space + 1)));
        });
    summary.baseModel().ifPresent(name -> object.put("base_model", name));
    object.put("targets", summary.targets());
    object.put("whole", List.copyOf(summary.whole()));
    object.put("parameters", learned);
    object.put("bytes", summary.bytes());
    object.put("formats", summary.formats());
    if (!norms.isEmpty()) {
      var changes = new LinkedHashMap<String, Object>();
      norms.forEach((name, of) ->
          changes.put(
              name,
              Json.object(
                  "modules", of.modules(),
                  "change", of.change(),
                  "weight", of.weight(),
                  "share", of.share())));
      object.put("changes", changes);
    }
    return object;
  }

  private void show(
      StoredAdapter stored, AdapterSummary summary, long learned, Map<String, ChangeNorms> norms) {
    line("adapter", "%s (%s)".formatted(stored.path(), stored.format().label()));
    line("method", summary.method());
    if (!summary.ranks().isEmpty()) {
      var ranks = summary.ranks().stream().map(String::valueOf).collect(Collectors.joining(", "));
      line("rank", ranks + summary.strength().map(", "::concat).orElse(""));
    }
    line("base model", summary.baseModel().map(WrittenText::printable).orElse("not said"));
    var targets = new ArrayList<String>();
    summary
        .targets()
        .forEach(
            (name, count) -> targets.add("%d x %s".formatted(count, WrittenText.printable(name))));
    if (!targets.isEmpty()) {
      line("changes", String.join(", ", targets));
    }
    if (!summary.whole().isEmpty()) {
      line("replaces", WrittenText.printable(String.join(", ", summary.whole())));
    }
    line("parameters", String.format(Locale.ROOT, "%,d", learned));
    line("bytes", String.format(Locale.ROOT, "%,d", summary.bytes()));
    line(
        "formats",
        String.join(", ", summary.formats())
            + summary
                .onlyPeft()
                .map(why -> "; not gguf, which has no place for " + why)
                .orElse(""));
    norms.forEach((name, of) ->
        line(
            name,
            String.format(
                Locale.ROOT,
                "changes by %.3g %% of the weights' norm (%.3g of %.4g, %d modules)",
                PERCENT * of.share(),
                of.change(),
                of.weight(),
                of.modules())));
  }

  private void line(String name, String value) {
    spec.commandLine().getOut().printf("%-10s  %s%n", name, value);
  }
}
