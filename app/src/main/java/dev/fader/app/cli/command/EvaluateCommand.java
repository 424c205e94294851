package dev.fader.app.cli.command;

import dev.fader.app.cli.option.Caches;
import dev.fader.app.cli.option.DataOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.terminal.Json;
import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.data.EvaluationBatches;
import dev.fader.data.EvaluationBatches.Windows;
import dev.fader.data.TokenFile;
import dev.fader.kernel.Engine;
import dev.fader.model.file.LoadedModel;
import dev.fader.train.Evaluation;
import dev.fader.train.LossEvaluator;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader evaluate`: how well a model predicts a text.
@Command(
    name = "evaluate",
    aliases = {"eval", "perplexity"},
    description = {
      "Measures how well a model predicts a text: its mean loss, and the perplexity.",
      "The text is cut into windows as long as the context, one after another; with --stride they"
          + " overlap, and each predicts what is new in it. Each begins with the tokens that the"
          + " tokenizer puts before a text, such as <s>, which are not predicted."
    })
public final class EvaluateCommand implements Callable<Integer> {
  /// Tokens of a batch: enough for matrix products to be fast.
  private static final int BATCH_TOKENS = 2048;

  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;

  @Mixin private DataOptions data;
  @Mixin private EngineOptions engineOptions;

  @Option(
      names = "--context",
      paramLabel = "N",
      description = "Tokens of a window; default: the model's context.")
  private @Nullable Integer context;

  @Option(
      names = "--stride",
      paramLabel = "N",
      description =
          "Moves each window on by N tokens, so that each token has more before it: the sliding"
              + " window of Hugging Face's page on perplexity. Default: windows do not overlap.")
  private @Nullable Integer stride;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Windows at a time. It changes the speed and the memory, not the figures.")
  private @Nullable Integer batch;

  @Option(
      names = "--held-out",
      description =
          "Measures what the run of train that wrote MODEL held out or validated with, instead of"
              + " --data.")
  private boolean heldOut;

  @Option(
      names = "--list",
      description = "With --held-out: lists the documents that were held out, and ends.")
  private boolean list;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  EvaluateCommand() {}

  @Override
  public Integer call() throws IOException {
    var err = spec.commandLine().getErr();
    // What there is to learn from is no matter of an evaluation.
    Consumer<String> notices =
        line -> {
          if (!line.startsWith("data: ")) {
            err.println(line);
          }
        };
    try (var engine = engineOptions.open();
        var opened = model.open(engine)) {
      if (heldOut || list) {
        measureHeldOut(engine, opened, notices);
      } else {
        measureData(engine, opened, notices);
      }
    }
    return 0;
  }

  private void measureData(Engine engine, LoadedModel opened, Consumer<String> notices) {
    if (data.names().isEmpty()) {
      throw misuse(
          "--data is missing: name a text, a folder, a .jsonl file, - or jdk; or give --held-out for"
              + " what the run of train held out");
    }
    var cache = Caches.data();
    try (var corpus = data.open(cache, notices)) {
      var plan = new Dataset.Plan(encoder(opened, corpus), 0, cache, engine.threads());
      try (var dataset = Dataset.prepare(corpus, Optional.empty(), plan, notices)) {
        evaluate(engine, opened, dataset.training());
      }
    }
  }

  private void measureHeldOut(Engine engine, LoadedModel opened, Consumer<String> notices)
      throws IOException {
    if (!heldOut) {
      throw misuse("--list lists what was held out: give --held-out, too");
    }
    if (!data.names().isEmpty()) {
      throw misuse("--held-out measures the run's own text: leave out --data, or --held-out");
    }
    try (var text = HeldOutText.of(opened, engine.threads(), notices)) {
      if (list) {
        show(text.documents());
      } else {
        evaluate(engine, opened, text.tokens());
      }
    }
  }

  private void show(List<Dataset.HeldOutDocument> documents) {
    var out = spec.commandLine().getOut();
    if (json) {
      var entries =
          documents.stream()
              .map(document ->
                  Json.object(
                      "place", document.place(),
                      "bytes", document.bytes(),
                      "whole", document.whole()))
              .toList();
      out.println(Json.text(Json.object("held_out", entries)));
      return;
    }
    for (var document : documents) {
      out.printf(
          Locale.ROOT,
          "%,12d bytes  %s%s%n",
          document.bytes(),
          WrittenText.printable(document.place()),
          document.whole() ? "" : " (its end)");
    }
  }

  private Encoder encoder(LoadedModel opened, Corpus corpus) {
    if (opened.tokenizer().isEmpty() && !corpus.holdsIds()) {
      throw new ParameterException(
          spec.commandLine(),
          "%s has no tokenizer.json, so it cannot read text: give a .jsonl file with ids"
              .formatted(opened.path()));
    }
    return new Encoder(opened.tokenizer(), opened.config().vocabularySize());
  }

  private void evaluate(Engine engine, LoadedModel opened, TokenFile text) {
    int most = opened.config().context();
    int time = context == null ? most : context;
    if (time < 1 || time > most) {
      throw misuse("--context is %d, and must be from 1 to the model's %d".formatted(time, most));
    }
    int rows = batch == null ? Math.max(1, BATCH_TOKENS / time) : batch;
    if (rows < 1) {
      throw misuse("--batch is %d, and must be at least 1".formatted(rows));
    }
    var windows = windows(time, text.before().length);
    var batches = EvaluationBatches.all(text, windows, rows);
    try (var evaluator = new LossEvaluator(engine.kernels(), engine.memory(), opened.decoder())) {
      var evaluation = evaluator.evaluate(batches);
      show(opened, text, new Measured(evaluation, windows, batches.windows()));
    }
  }

  private Windows windows(int context, int before) {
    if (stride == null) {
      return Windows.whole(context);
    }
    boolean hasRoom = context > before; // what has none is refused with the context it needs
    if (stride < 1 || (hasRoom && stride > context - before)) {
      throw misuse(
          "--stride is %d, and must be from 1 to the %d tokens of text that a window has"
              .formatted(stride, Math.max(1, context - before)));
    }
    return Windows.strided(context, stride);
  }

  /// A figure and the convention that it comes from, without which it compares with no other.
  private record Measured(Evaluation evaluation, Windows windows, long count) {}

  private void show(LoadedModel opened, TokenFile text, Measured measured) {
    var out = spec.commandLine().getOut();
    var evaluation = measured.evaluation;
    var windows = measured.windows;
    var bits = text.bitsPerByte(evaluation.loss());
    if (json) {
      var object =
          Json.object(
              "loss", evaluation.loss(),
              "perplexity", evaluation.perplexity(),
              "bits_per_byte", bits.orElse(Double.NaN),
              "tokens", evaluation.tokens(),
              "convention", windows.stride() == 0 ? "whole windows" : "stride",
              "context", windows.context(),
              "stride",
                  windows.stride() == 0
                      ? windows.context() - text.before().length
                      : windows.stride(),
              "windows", measured.count,
              "begin_with", Arrays.stream(text.before()).boxed().toList());
      out.println(Json.text(object));
      return;
    }
    out.printf(Locale.ROOT, "loss           %.4f nats per token%n", evaluation.loss());
    out.printf(Locale.ROOT, "perplexity     %.3f%n", evaluation.perplexity());
    bits.ifPresent(value -> out.printf(Locale.ROOT, "bits per byte  %.4f%n", value));
    out.printf(Locale.ROOT, "tokens         %,d%n", evaluation.tokens());
    out.printf(
        Locale.ROOT,
        "windows        %,d of %,d tokens, %s%s%n",
        measured.count,
        windows.context(),
        windows.stride() == 0
            ? "one after another (whole windows)"
            : "each moved on by %d (stride)".formatted(windows.stride()),
        beginning(opened, text));
  }

  private static String beginning(LoadedModel opened, TokenFile text) {
    if (text.before().length == 0 || opened.tokenizer().isEmpty()) {
      return "";
    }
    return "; each begins with %s, which is not counted"
        .formatted(WrittenText.printable(opened.tokenizer().get().decode(text.before())));
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
