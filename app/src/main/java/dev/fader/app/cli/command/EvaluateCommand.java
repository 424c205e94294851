package dev.fader.app.cli.command;

import dev.fader.GenerationOptions;
import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.Caches;
import dev.fader.app.cli.option.DataOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.MixOption;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.SamplingOptions;
import dev.fader.app.cli.option.SessionOptions;
import dev.fader.app.cli.option.TaskOptions;
import dev.fader.app.cli.option.TemplateOptions;
import dev.fader.app.cli.report.TaskReport;
import dev.fader.app.cli.terminal.ProgressLine;
import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.Json;
import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.data.EvaluationBatches;
import dev.fader.data.EvaluationBatches.Windows;
import dev.fader.data.TokenFile;
import dev.fader.evaluate.ChoiceScores;
import dev.fader.evaluate.TaskItem;
import dev.fader.evaluate.TaskPrompts;
import dev.fader.generate.ChatTemplate;
import dev.fader.kernel.Engine;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.train.Evaluation;
import dev.fader.train.LossEvaluator;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader evaluate`: how well a model predicts a text, or answers.
@Command(
    name = "evaluate",
    aliases = {"eval", "perplexity"},
    customSynopsis =
        "fader evaluate MODEL (--data TEXT | --held-out | --task FILE.jsonl) [OPTION...]",
    description = {
      "Measures how well a model predicts a text: its mean loss, and the perplexity; or with --task"
          + " how well it answers: exact match, F1, ROUGE-L and chrF of what it writes, or which of"
          + " several choices it finds likeliest, as lm-evaluation-harness does.",
      "The text is cut into windows as long as the context, one after another; with --stride they"
          + " overlap, and each predicts what is new in it. Each begins with the tokens that the"
          + " tokenizer puts before a text, such as <s>, which are not predicted."
    })
public final class EvaluateCommand implements Callable<Integer> {
  /// Tokens of a batch: enough for matrix products to be fast.
  private static final int BATCH_TOKENS = 2048;

  /// Greedy, and long enough for an answer.
  private static final GenerationOptions ANSWERS =
      GenerationOptions.OF_TEXT.withTemperature(0).withMaxTokens(256);

  /// Options that only count where a text is predicted.
  private static final Set<String> OF_TEXT =
      Set.of("--data", "--glob", "--stride", "--batch", "--held-out", "--list");

  /// What only counts with a task, by the names of the fields.
  private static final Set<String> OF_TASK = Set.of("task", "sampling", "template", "sessions");

  @Spec private CommandSpec spec;

  @Mixin private ModelArgument model;

  @Mixin private DataOptions data;
  @Mixin private TaskOptions task;
  @Mixin private TemplateOptions template;
  @Mixin private SamplingOptions sampling;
  @Mixin private SessionOptions sessions;
  @Mixin private AdapterOptions adapters;
  @Mixin private MixOption mix;
  @Mixin private EngineOptions engineOptions;

  @Option(
      names = "--context",
      paramLabel = "N",
      description =
          "Tokens of a window, or of a prompt and its answer; default: the model's context.")
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
    requireOneKind();
    if (task.file().isPresent()) {
      measureTask();
      return 0;
    }
    var err = spec.commandLine().getErr();
    // What there is to learn from is no matter of an evaluation.
    Consumer<String> notices =
        line -> {
          if (!line.startsWith("data: ")) {
            err.println(line);
          }
        };
    try (var engine = engineOptions.open();
        var base = model.open(engine);
        var opened = adapters.beside(base, mix.read(), engine)) {
      if (heldOut || list) {
        measureHeldOut(engine, opened, notices);
      } else {
        measureData(engine, opened, notices);
      }
    }
    return 0;
  }

  private void requireOneKind() {
    var given =
        spec.commandLine().getParseResult().matchedOptions().stream()
            .map(OptionSpec::longestName)
            .collect(Collectors.toSet());
    if (task.file().isPresent()) {
      given.retainAll(OF_TEXT);
    } else {
      var ofTask =
          spec.mixins().entrySet().stream()
              .filter(mixin -> OF_TASK.contains(mixin.getKey()))
              .flatMap(mixin -> mixin.getValue().options().stream())
              .map(OptionSpec::longestName)
              .collect(Collectors.toSet());
      given.retainAll(ofTask);
    }
    given.stream()
        .sorted()
        .findFirst()
        .ifPresent(name -> {
          throw misuse(
              task.file().isPresent()
                  ? "%s is of the text that is predicted: leave it out, or --task".formatted(name)
                  : "%s is of a task: give its items, too, with --task FILE.jsonl".formatted(name));
        });
  }

  private void measureTask() throws IOException {
    sessions.check();
    var metrics = task.metrics();
    var asked = sampling.settings(ANSWERS);
    var items = task.items();
    boolean hasChoices = items.getFirst() instanceof TaskItem.Choice;
    if (hasChoices && task.namesMetrics()) {
      throw misuse(
          "--metric compares texts that were written: leave it out for items with choices");
    }
    var progress = new ProgressLine(spec.commandLine().getErr());
    try (var log = task.openLog();
        var engine = engineOptions.open();
        var base = model.open(engine);
        var opened = adapters.beside(base, mix.read(), engine);
        var pool = sessions.openPool(opened, engine, DType.FLOAT32)) {
      var known = ChatTemplate.of(opened).map(template::applyTo);
      var prompts = new TaskPrompts(opened, known);
      var evaluation = new TaskEvaluation(prompts, context(opened), progress, log);
      var settings = sampling.fitted(asked, opened, List.of());
      var report =
          hasChoices
              ? evaluation.choices(only(TaskItem.Choice.class, items), pool)
              : evaluation.answers(only(TaskItem.Answer.class, items), metrics, settings, pool);
      progress.clear();
      show(report);
    } finally {
      progress.clear();
    }
  }

  private static <T extends TaskItem> List<T> only(Class<T> kind, List<TaskItem> items) {
    return items.stream().map(kind::cast).toList();
  }

  private void show(TaskReport report) {
    var out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.text(report.json()));
      return;
    }
    report.print(out);
    int cut = report.choices().map(ChoiceScores::cut).orElse(0);
    if (cut > 0) {
      spec.commandLine()
          .getErr()
          .printf(
              Locale.ROOT,
              "fader: the prompts of %,d items did not fit the context, and were read without their"
                  + " beginning%n",
              cut);
    }
  }

  private int context(LoadedModel opened) {
    int most = opened.config().context();
    int time = context == null ? most : context;
    if (time < 1 || time > most) {
      throw misuse("--context is %d, and must be from 1 to the model's %d".formatted(time, most));
    }
    return time;
  }

  private void measureData(Engine engine, LoadedModel opened, Consumer<String> notices) {
    if (data.names().isEmpty()) {
      throw misuse(
          "--data is missing: name a text, a folder, a .jsonl file, - or jdk; or give --held-out for"
              + " what the run of train held out, or --task for items with answers");
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
    int time = context(opened);
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
