package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.MixEdits;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.PromptOptions;
import dev.fader.app.cli.option.SessionOptions;
import dev.fader.app.cli.report.TokenNames;
import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.Json;
import dev.fader.generate.Prediction;
import dev.fader.generate.PredictionChange;
import dev.fader.kernel.Engine;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.mix.Fader;
import dev.fader.model.mix.Level;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.MixException;
import dev.fader.model.mix.MixFile;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

/// `fader mix`: faders turned, and what that does to the next token.
@Command(
    name = "mix",
    customSynopsis = "fader mix FILE [MODEL [PROMPT]] [OPTION...]",
    description = {
      "Turns parts of a model up and down, as on a mixing desk, and keeps that in FILE; the files of"
          + " the model stay as they are. Shows the faders, and with MODEL how the next token"
          + " changes. run, generate, predict and evaluate take FILE by --mix.",
      "A TARGET is layers.3, layers.3.attention, layers.3.feed-forward, layers.3.heads.5,"
          + " layers.3.neurons.100-199, layers.3.experts.2, embedding.42, adapters.0,"
          + " tensors.NAME or tensors.NAME[ROW][COLUMN]. Numbers may be 0-5,7 or *; several"
          + " targets with spaces between them are a group."
    })
public final class MixCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "The mix, a small JSON file; made if it is not there and something is turned.")
  private Path file = Path.of("");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "MODEL",
      description =
          "The model to try it with: a directory, a .gguf file, or OWNER/NAME[:FILE] that pull has"
              + " fetched.")
  private @Nullable Path model;

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "PROMPT",
      description = "The text whose next token is shown, without the mix and with it.")
  private @Nullable String text;

  @Mixin private MixEdits edits;

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "How many tokens to show of each; default 10.")
  private int top = 10;

  @Mixin private PromptOptions prompt;
  @Mixin private SessionOptions sessions;
  @Mixin private AdapterOptions adapters;
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  MixCommand() {}

  @Override
  public Integer call() throws IOException {
    sessions.check();
    if (top < 1) {
      throw misuse("--top is %d, and must be at least 1".formatted(top));
    }
    var before = Files.exists(file) ? Optional.of(MixFile.read(file)) : Optional.<Mix>empty();
    var mix = edited(before.orElse(Mix.NEUTRAL));
    if (before.isEmpty() && mix.equals(Mix.NEUTRAL)) {
      throw misuse(
          "%s: there is no such mix: turn something to make it, such as --gain layers.0.heads.0=0.5"
              .formatted(file));
    }
    var fields = Json.object("faders", mix.faders().stream().map(MixCommand::fields).toList());
    if (model == null) {
      show(mix);
    } else {
      fields.putAll(tried(model, mix)); // what does not fit the model is not written
    }
    if (!before.equals(Optional.of(mix))) {
      MixFile.write(file, mix);
    }
    if (json) {
      spec.commandLine().getOut().println(Json.text(fields));
    }
    return 0;
  }

  private Mix edited(Mix mix) {
    try {
      return edits.apply(mix);
    } catch (MixException wrong) {
      throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
    }
  }

  private void show(Mix mix) {
    if (json) {
      return;
    }
    var out = spec.commandLine().getOut();
    for (var fader : mix.faders()) {
      out.printf(
          Locale.ROOT,
          "%-24s %s%s%s%n",
          level(fader.level()),
          WrittenText.line(fader.title()),
          fader.muted() ? "  muted" : "",
          fader.soloed() ? "  solo" : "");
    }
    for (var steering : mix.steerings()) {
      out.printf(
          Locale.ROOT, "%-24s layers.%s%n", "vector * " + steering.strength(), steering.layers());
    }
    for (var cell : mix.cells()) {
      out.printf(
          Locale.ROOT,
          "%-24s %s[%d][%d]%n",
          "= " + cell.value(),
          WrittenText.line(cell.tensor()),
          cell.row(),
          cell.column());
    }
  }

  /// Decibels, and the number.
  private static String level(Level level) {
    return switch (level) {
      case Level.Constant(double gain) when gain <= 0 -> "%.4g".formatted(gain);
      case Level.Constant(double gain) -> "%+.1f dB (%.4g)".formatted(Level.decibelsOf(gain), gain);
      case Level.Curve(var points) ->
          String.join(
              " ",
              points.stream()
                  .map(point -> "%d:%+.1f".formatted(point.layer(), point.decibels()))
                  .toList());
    };
  }

  private static Map<String, Object> fields(Fader fader) {
    return Json.object(
        "title", fader.title(),
        "targets", fader.targets().stream().map(Object::toString).toList(),
        "level", level(fader.level()),
        "mute", fader.muted(),
        "solo", fader.soloed());
  }

  private Map<String, Object> tried(Path name, Mix mix) throws IOException {
    try (var engine = engineOptions.open();
        var base = ModelArgument.open(name, engine, false);
        var plain = adapters.beside(base, Mix.NEUTRAL, engine);
        var mixed = adapters.beside(base, mix, engine)) {
      show(mix);
      var tokens = prompt.tokens(plain, text);
      var names = new TokenNames(plain.tokenizer());
      var change =
          new PredictionChange(
              prediction(plain, tokens, engine), prediction(mixed, tokens, engine));
      var shown = new ArrayList<Map<String, Object>>();
      for (var token : change.top(top)) {
        shown.add(
            Json.object(
                "id", token.id(),
                "piece", names.pieces().piece(token.id()),
                "without", token.before(),
                "with", token.after()));
      }
      if (!json) {
        show(change, names);
      }
      return Json.object("change_bits", change.divergence(), "next", shown);
    }
  }

  private Prediction prediction(LoadedModel opened, int[] tokens, Engine engine) {
    int capacity = Math.min(tokens.length, opened.config().context());
    try (var session = sessions.open(opened, engine, capacity, DType.FLOAT32)) {
      int last = tokens.length - 1;
      return Optional.ofNullable(Prediction.at(session, tokens, List.of(last)).get(last))
          .orElseThrow();
    }
  }

  private void show(PredictionChange change, TokenNames names) {
    var out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, "%n%10s %10s  next%n", "without", "with");
    for (var token : change.top(top)) {
      out.printf(
          Locale.ROOT,
          "%8.3f %% %8.3f %%  %s%n",
          100 * token.before(),
          100 * token.after(),
          names.of(token.id()));
    }
    out.printf(Locale.ROOT, "change: %.4f bits%n", change.divergence());
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
