package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.cli.option.ModelArgument;
import dev.fader.app.cli.option.TokenIds;
import dev.fader.app.cli.terminal.Json;
import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.model.file.LoadedModel;
import dev.fader.tune.ClassLabels;
import dev.fader.tune.Classifier;
import dev.fader.tune.Classifier.Classification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
    customSynopsis = "fader classify MODEL --adapter DIR (--text TEXT | --file FILE | --ids LIST)",
    description =
        "Tells which label a text has, and how likely it is, with an adapter that tune made from"
            + " texts with labels, or peft for sequence classification.")
public final class ClassifyCommand implements Callable<Integer> {
  private static final double PERCENT = 100;

  @Spec private CommandSpec spec;
  @Mixin private ModelArgument model;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      required = true,
      description = "The adapter, with a classification head.")
  private Path adapter = Path.of("");

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

  @Mixin private EngineOptions engineOptions;

  @Option(
      names = "--json",
      description = "A JSON object for each text on standard output, and nothing else.")
  private boolean json;

  ClassifyCommand() {}

  /// A text, and how it is called in what is printed.
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  private record Text(String name, int[] ids) {}

  @Override
  public Integer call() throws IOException {
    var named = new ArrayList<>(texts);
    if (file != null) {
      Files.readAllLines(file).stream().filter(line -> !line.isBlank()).forEach(named::add);
    }
    if (named.isEmpty() && ids == null) {
      throw misuse("there is nothing to classify: give --text, --file or --ids");
    }
    try (var engine = engineOptions.open();
        var base = model.open(engine, false);
        var classifier = new Classifier(base, adapter, engine.kernels(), engine.memory())) {
      var all = texts(base, named);
      for (var text : all) {
        show(all.size() > 1 ? text.name : "", classifier.classify(text.ids), classifier.labels());
      }
    }
    return 0;
  }

  private List<Text> texts(LoadedModel base, List<String> named) {
    var all = new ArrayList<Text>();
    if (ids != null) {
      int[] given = ids.stream().mapToInt(Integer::intValue).toArray();
      new TokenIds("--ids", base.config().vocabularySize()).check(spec, given);
      all.add(new Text("--ids", given));
    }
    for (var text : named) {
      var tokenizer =
          base.tokenizer()
              .orElseThrow(() ->
                  misuse(
                      "%s has no tokenizer, so it cannot read text: give --ids"
                          .formatted(base.path())));
      all.add(new Text(text, tokenizer.withSpecialTokens(tokenizer.encode(text))));
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
    return String.format(Locale.ROOT, "%s %.1f %%", name, PERCENT * probability);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
