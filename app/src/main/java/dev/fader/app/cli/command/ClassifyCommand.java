package dev.fader.app.cli.command;

import dev.fader.app.cli.option.AdapterOptions;
import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.TokenIds;
import dev.fader.app.cli.report.LabelReport;
import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.Json;
import dev.fader.data.DataException;
import dev.fader.generate.SessionPool;
import dev.fader.kernel.Engine;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tune.ClassLabels;
import dev.fader.tune.Classification;
import dev.fader.tune.Classifier;
import dev.fader.tune.LabelLikelihood;
import dev.fader.tune.LabelScores;
import dev.fader.tune.example.Example;
import dev.fader.tune.example.ExampleEncoder;
import dev.fader.tune.example.ExampleFiles;
import dev.fader.tune.example.ExampleReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fader classify`: which label a text has.
@Command(
    name = "classify",
    sortOptions = false,
    customSynopsis = {
      "fader classify MODEL [--adapter DIR] (--text TEXT | --file FILE | --ids LIST)",
      "       fader classify MODEL [--adapter DIR] --data LABELLED.jsonl..."
    },
    description = {
      "Tells which label a text has, and how likely each is: by an adapter that tune made from texts"
          + " with labels, or peft for sequence classification; by a model that has such a head; or"
          + " by a model that was tuned to nothing, which is asked which label's word goes on best.",
      "With --data it tells how often it is right: accuracy, F1 and the confusion matrix, beside"
          + " what the model without the adapter is worth."
    })
public final class ClassifyCommand implements Callable<Integer> {
  private static final double PERCENT = 100;
  private static final List<String> MOODS = List.of("positive", "negative");

  @Spec private CommandSpec spec;
  @Mixin private ModelArgument model;

  @Option(
      names = "--adapter",
      paramLabel = "DIR[:SCALE]",
      description =
          "The adapter, with a classification head, and what its effect is multiplied with.")
  private @Nullable String adapter;

  @Option(names = "--text", paramLabel = "TEXT", description = "A text; may be repeated.")
  private List<String> texts = new ArrayList<>();

  @Option(names = "--file", paramLabel = "FILE", description = "A text file, a text a line.")
  private @Nullable Path file;

  @Option(
      names = "--ids",
      paramLabel = "LIST",
      split = ",",
      description = "A text as token ids, which are read as they are.")
  private @Nullable List<Integer> ids;

  @Option(
      names = "--data",
      paramLabel = "FILE",
      arity = "1..*",
      description = "Texts with labels, as tune reads them: how often is it right?")
  private List<String> data = new ArrayList<>();

  @Option(
      names = "--labels",
      paramLabel = "LIST",
      split = ",",
      description =
          "Of a model without a classification head: the words to choose from; default: those of"
              + " --data, else positive,negative.")
  private @Nullable List<String> labels;

  @Option(
      names = "--question",
      paramLabel = "TEXT",
      description =
          "What it goes on from with one of them; {text} and {labels} stand for these. Default:"
              + " \"{text}\\nIs this {labels}? It is\".")
  private @Nullable String question;

  @Mixin private EngineOptions engineOptions;

  @Option(
      names = "--json",
      description = "A JSON object for each text on standard output, and nothing else.")
  private boolean json;

  ClassifyCommand() {}

  /// A text, and how it is called in what is printed.
  ///
  /// @param words none if it was given as ids
  /// @param right the numbers of its labels, none if they are not known
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  private record Text(String name, Optional<String> words, int[] ids, List<Integer> right) {}

  /// What tells texts apart.
  private interface Teller extends AutoCloseable {
    ClassLabels labels();

    Classification classify(Text text);

    @Override
    void close();
  }

  @Override
  public Integer call() throws IOException {
    var named = new ArrayList<>(texts);
    if (file != null) {
      Files.readAllLines(file).stream().filter(line -> !line.isBlank()).forEach(named::add);
    }
    boolean loose = !named.isEmpty() || ids != null;
    if (!loose && data.isEmpty()) {
      throw misuse("there is nothing to classify: give --text, --file, --ids or --data");
    }
    if (loose && !data.isEmpty()) {
      throw misuse("--data is told as a whole: leave out --text, --file and --ids, or --data");
    }
    try (var engine = engineOptions.open();
        var base = model.open(engine, false)) {
      if (data.isEmpty()) {
        classify(engine, base, texts(base, named));
      } else {
        measure(engine, base);
      }
    }
    return 0;
  }

  private void classify(Engine engine, LoadedModel base, List<Text> all) throws IOException {
    try (var teller = teller(engine, base, Optional.empty())) {
      for (var text : all) {
        show(all.size() > 1 ? text.name : "", teller.classify(text), teller.labels());
      }
    }
  }

  private void measure(Engine engine, LoadedModel base) throws IOException {
    var examples = new ArrayList<Example.Labelled>();
    var encoded = new ArrayList<ExampleEncoder.LabelledIds>();
    var encoder =
        new ExampleEncoder(
            new ExampleEncoder.Settings(
                base.config().vocabularySize(),
                base.tokenizer(),
                Optional.empty(),
                Optional.empty(),
                LocalDateTime.now(ZoneId.systemDefault())));
    ExampleReader.readAll(
        ExampleFiles.find(data.stream().map(Path::of).toList()),
        example -> {
          encoded.add(encoder.labelled(example));
          if (example.example() instanceof Example.Labelled labelled) {
            examples.add(labelled);
          }
        });
    try (var teller = teller(engine, base, Optional.of(encoded))) {
      var all = new ArrayList<Text>();
      for (int i = 0; i < encoded.size(); i++) {
        var one = encoded.get(i);
        Optional<String> words =
            examples.get(i).content() instanceof Example.PlainText(var text)
                ? Optional.of(text)
                : Optional.empty();
        all.add(new Text(one.place().toString(), words, one.ids(), teller.labels().numbers(one)));
      }
      var report = new LabelReport(scores(teller, all), before(engine, base, teller, all));
      var out = spec.commandLine().getOut();
      if (json) {
        out.println(Json.text(report.json()));
      } else {
        report.print(out);
      }
    }
  }

  private static LabelScores scores(Teller teller, List<Text> all) {
    var scores = new LabelScores(teller.labels());
    for (var text : all) {
      try {
        scores.add(text.right, teller.classify(text));
      } catch (DataException wrong) {
        throw new DataException("%s: %s".formatted(text.name, wrong.getMessage()), wrong);
      }
    }
    return scores;
  }

  /// What the model is worth without the adapter, where its labels are words that it may know.
  private Optional<LabelScores> before(
      Engine engine, LoadedModel base, Teller after, List<Text> all) {
    boolean words =
        after.labels().names().stream().allMatch(name -> name.matches("\\p{L}[\\p{L} -]*"));
    boolean asked =
        words
            && base.tokenizer().isPresent()
            && all.stream().allMatch(text -> text.words.isPresent());
    if (adapter == null || after.labels().several() || !asked) {
      return Optional.empty();
    }
    try (var teller = new Asking(engine, base, question(after.labels().names()))) {
      return Optional.of(scores(teller, all));
    }
  }

  private LabelLikelihood.Question question(List<String> names) {
    try {
      return new LabelLikelihood.Question(
          question == null ? LabelLikelihood.USUAL : question, names);
    } catch (IllegalArgumentException wrong) {
      throw misuse(
          "%s %s".formatted(question == null ? "--labels" : "--question", wrong.getMessage()));
    }
  }

  private AdapterSource source(String given) {
    return AdapterOptions.sources(spec, "--adapter", List.of(given)).getFirst();
  }

  /// @param known examples with labels
  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  private Teller teller(
      Engine engine, LoadedModel base, Optional<List<ExampleEncoder.LabelledIds>> known)
      throws IOException {
    boolean own = adapter == null && Classifier.isOne(base.path());
    if (adapter != null || own) {
      if (labels != null) {
        throw misuse(
            "--labels are for a model without a classification head, and there is one: leave it out");
      }
      return new Reading(
          adapter == null
              ? new Classifier(base, engine.kernels(), engine.memory())
              : new Classifier(base, source(adapter), engine.kernels(), engine.memory()));
    }
    if (base.tokenizer().isEmpty()) {
      throw misuse(
          "%s has no classification head, and no tokenizer to be asked with: give --adapter"
              .formatted(base.path()));
    }
    var names =
        labels != null ? labels : known.map(some -> ClassLabels.of(some).names()).orElse(MOODS);
    var asked = question(names);
    if (!json) {
      spec.commandLine()
          .getErr()
          .printf(
              "%s has no classification head: it is asked which of %s goes on best; tune it for sure answers%n",
              base.path(), WrittenText.printable(String.join(", ", names)));
    }
    return new Asking(engine, base, asked);
  }

  /// By a classification head.
  private record Reading(Classifier classifier) implements Teller {
    @Override
    public ClassLabels labels() {
      return classifier.labels();
    }

    @Override
    public Classification classify(Text text) {
      return classifier.classify(text.ids);
    }

    @Override
    public void close() {
      classifier.close();
    }
  }

  /// By the words for labels.
  private final class Asking implements Teller {
    private final SessionPool pool;
    private final LabelLikelihood likelihood;

    Asking(Engine engine, LoadedModel base, LabelLikelihood.Question asked) {
      this.pool =
          new SessionPool(
              base.decoder(),
              engine.kernels(),
              engine.memory(),
              KeyValueLimits.DEFAULTS.withType(DType.FLOAT32));
      try {
        this.likelihood = new LabelLikelihood(base, pool, asked);
      } catch (RuntimeException | Error failed) {
        pool.close();
        throw failed;
      }
    }

    @Override
    public ClassLabels labels() {
      return likelihood.labels();
    }

    @Override
    public Classification classify(Text text) {
      return likelihood.classify(
          text.words.orElseThrow(() ->
              misuse(
                  "%s is no text, which a model without a classification head is asked about: give --text"
                      .formatted(text.name))));
    }

    @Override
    public void close() {
      likelihood.close();
      pool.close();
    }
  }

  private List<Text> texts(LoadedModel base, List<String> named) {
    var all = new ArrayList<Text>();
    if (ids != null) {
      int[] given = ids.stream().mapToInt(Integer::intValue).toArray();
      new TokenIds("--ids", base.config().vocabularySize()).check(spec, given);
      all.add(new Text("--ids", Optional.empty(), given, List.of()));
    }
    for (var text : named) {
      var tokenizer =
          base.tokenizer()
              .orElseThrow(() ->
                  misuse(
                      "%s has no tokenizer, so it cannot read text: give --ids"
                          .formatted(base.path())));
      all.add(
          new Text(
              text,
              Optional.of(text),
              tokenizer.withSpecialTokens(tokenizer.encode(text)),
              List.of()));
    }
    return all;
  }

  private void show(String name, Classification found, ClassLabels labels) {
    var out = spec.commandLine().getOut();
    var names = labels.names();
    var chosen = found.chosen().stream().map(names::get).toList();
    if (json) {
      var probabilities = new LinkedHashMap<String, Object>();
      for (int label = 0; label < names.size(); label++) {
        probabilities.put(names.get(label), found.probabilities().get(label));
      }
      out.println(
          Json.text(
              Json.object(
                  "label",
                  labels.several() ? chosen : chosen.getFirst(),
                  "probabilities",
                  probabilities,
                  "logits",
                  found.logits())));
      return;
    }
    var words =
        found.chosen().stream()
            .map(label -> share(names.get(label), found.probabilities().get(label)))
            .collect(Collectors.joining(", "));
    var others =
        IntStream.range(0, names.size())
            .filter(label -> !found.chosen().contains(label))
            .mapToObj(label -> share(names.get(label), found.probabilities().get(label)))
            .collect(Collectors.joining(", "));
    out.printf(
        "%s%s%s%n",
        words.isEmpty() ? "none" : words,
        others.isEmpty() ? "" : "  (%s)".formatted(others),
        name.isEmpty() ? "" : "  " + WrittenText.printable(name));
  }

  private static String share(String name, double probability) {
    return String.format(
        Locale.ROOT, "%s %.1f %%", WrittenText.printable(name), PERCENT * probability);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
