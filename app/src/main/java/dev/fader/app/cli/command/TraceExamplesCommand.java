package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.Caches;
import dev.fader.app.cli.option.DataOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.MixOption;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.report.TokenNames;
import dev.fader.app.view.Json;
import dev.fader.app.view.TraceView;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.inspect.trace.ActivatingTexts;
import dev.fader.inspect.trace.ActivatingTexts.Part;
import dev.fader.inspect.trace.TracedModel;
import dev.fader.kernel.Engine;
import dev.fader.model.file.LoadedModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader trace examples`: what a neuron or a head answers to.
@Command(
    name = "examples",
    customSynopsis =
        "fader trace examples MODEL --data TEXT --layer L (--neuron N | --head H) [OPTION...]",
    description =
        "The texts of a corpus that most activate one neuron or one head, with the token where it"
            + " does most in brackets. Of a head, that is where what it gathers is longest.")
public final class TraceExamplesCommand implements Callable<Integer> {
  private static final int BEFORE = 12;
  private static final int AFTER = 6;

  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;
  @Mixin private DataOptions data;

  @Option(
      names = "--layer",
      paramLabel = "L",
      required = true,
      description = "The layer, counted from 0.")
  private int layer;

  @Option(
      names = "--neuron",
      paramLabel = "N",
      description = "The neuron of the feed-forward network, counted from 0.")
  private @Nullable Integer neuron;

  @Option(names = "--head", paramLabel = "H", description = "The head, counted from 0.")
  private @Nullable Integer head;

  @Option(names = "--top", paramLabel = "N", description = "How many texts are shown; default 10.")
  private int top = 10;

  @Option(
      names = "--length",
      paramLabel = "N",
      description = "Tokens that are read at a time; default 64, or the context.")
  private int length = 64;

  @Option(
      names = "--most",
      paramLabel = "N",
      description = "Tokens to read, spread over a longer corpus; default 100,000.")
  private int most = 100_000;

  @Mixin private AdapterOptions adapters;
  @Mixin private MixOption mix;
  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  TraceExamplesCommand() {}

  @Override
  public Integer call() throws IOException {
    check();
    try (var engine = engineOptions.open();
        var base = model.open(engine);
        var opened = adapters.beside(base, mix.read(), engine)) {
      if (layer < 0 || layer >= opened.config().layers()) {
        throw misuse(
            "--layer is %d, and must be from 0 to %d"
                .formatted(layer, opened.config().layers() - 1));
      }
      read(opened, engine);
    }
    return 0;
  }

  private void check() {
    if (neuron == null && head == null) {
      throw misuse("say what to look at: --neuron or --head");
    }
    if (neuron != null && head != null) {
      throw misuse("--neuron and --head exclude each other: give one of them");
    }
    requirePositive("--top", top);
    requirePositive("--length", length);
    requirePositive("--most", most);
  }

  private void requirePositive(String option, int number) {
    if (number < 1) {
      throw misuse("%s is %d, and must be at least 1".formatted(option, number));
    }
  }

  private Part part() {
    return neuron != null
        ? new ActivatingTexts.Neuron(layer, neuron)
        : new ActivatingTexts.Head(layer, Optional.ofNullable(head).orElseThrow());
  }

  private void read(LoadedModel opened, Engine engine) {
    var cache = Caches.data();
    var err = spec.commandLine().getErr();
    try (var corpus = data.open(cache, err::println)) {
      if (opened.tokenizer().isEmpty() && !corpus.holdsIds()) {
        throw misuse(
            "%s has no tokenizer.json, so it cannot read text: give a .jsonl file with ids"
                .formatted(opened.path()));
      }
      var encoder = new Encoder(opened.tokenizer(), opened.config().vocabularySize());
      var plan = new Dataset.Plan(encoder, 0, cache, engine.threads());
      try (var dataset = Dataset.prepare(corpus, Optional.empty(), plan, err::println)) {
        int window = Math.min(length, opened.config().context());
        var pieces = CorpusPieces.of(dataset.training(), window, most);
        var traced = new TracedModel(opened, engine);
        show(opened, ActivatingTexts.of(traced, part(), pieces, top), pieces);
      } catch (IllegalArgumentException wrong) {
        throw new ParameterException(spec.commandLine(), wrong.getMessage(), wrong);
      }
    }
  }

  private void show(LoadedModel opened, ActivatingTexts found, CorpusPieces pieces) {
    var names = new TokenNames(opened.tokenizer());
    var out = spec.commandLine().getOut();
    if (json) {
      var view = new TraceView(names.pieces());
      out.println(
          Json.text(
              view.of(
                  found,
                  (number, object) -> {
                    var place = pieces.place(number);
                    object.put("document", place.document());
                    object.put("token", place.token());
                  })));
      return;
    }
    out.printf(
        Locale.ROOT,
        "layer %d, %s in %,d tokens of %,d texts: mean %.4g, deviation %.4g, above zero %.1f %%%n",
        layer,
        neuron != null ? "neuron " + neuron : "head " + head,
        found.tokens(),
        found.read(),
        found.mean(),
        found.deviation(),
        100 * found.above());
    found.texts().forEach(text -> show(text, pieces.place(text.number()), names, out));
  }

  private static void show(
      ActivatingTexts.Text text, CorpusPieces.Place place, TokenNames names, PrintWriter out) {
    int at = text.strongest();
    var shown = new StringBuilder();
    for (int t = Math.max(0, at - BEFORE); t < Math.min(text.ids().length, at + AFTER + 1); t++) {
      var name = names.of(text.ids()[t]);
      shown.append(t == at ? "[" + name + "]" : name);
    }
    int prefix = text.ids().length - place.count();
    out.printf(
        Locale.ROOT,
        "%10.4f  document %d, token %d: %s%n",
        text.value(),
        place.document(),
        place.token() + at - prefix,
        shown);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
