package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.tune.LearningData;
import dev.fader.tune.TuningData;
import dev.fader.tune.example.TextRun;
import dev.fader.tune.example.TrainingExample;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// Examples as a model sees them, with what is learned of them marked: green on a terminal, between
/// ⟦ and ⟧ elsewhere.
public final class ExampleView {
  private static final String GREEN = "\033[32m";
  private static final String PLAIN = "\033[0m";

  private final PrintWriter out;
  private final Optional<Tokenizer> tokenizer;
  private final boolean coloured = WrittenText.isAtTerminal();

  /// @param tokenizer none where only ids are known
  public ExampleView(PrintWriter out, Optional<Tokenizer> tokenizer) {
    this.out = out;
    this.tokenizer = tokenizer;
  }

  /// The first `count` examples, and what there is of them all.
  public void show(TuningData data, int count) {
    switch (data.learning()) {
      case LearningData.Continuations texts ->
          first(texts.training(), count).forEach(text -> example("", text));
      case LearningData.Preferences pairs ->
          first(pairs.training(), count)
              .forEach(pair -> {
                example("better, ", pair.chosen());
                example("worse, ", pair.rejected());
              });
      case LearningData.Classifications texts -> {
        var names = texts.classes().names();
        first(texts.training(), count)
            .forEach(text ->
                example(
                    text.labels().stream().map(names::get).collect(Collectors.joining(", ")) + ", ",
                    text.text()));
      }
    }
    summary(data);
  }

  private static <T> List<T> first(List<T> all, int count) {
    return all.subList(0, Math.min(count, all.size()));
  }

  private void example(String what, TrainingExample example) {
    out.printf(
        Locale.ROOT,
        "-- %s: %s%,d tokens, %,d learned%n%s%n",
        example.place(),
        what,
        example.length(),
        example.learnedTokens(),
        tokenizer.map(known -> text(example, known)).orElseGet(() -> ids(example)));
  }

  private String text(TrainingExample example, Tokenizer known) {
    var text = new StringBuilder();
    for (var part : TextRun.of(example, known)) {
      var shown = WrittenText.printable(part.text());
      text.append(part.learned() ? marked(shown) : shown);
    }
    return text.toString();
  }

  private String ids(TrainingExample example) {
    var parts = new ArrayList<String>();
    for (int i = 0; i < example.length(); i++) {
      var id = Integer.toString(example.id(i));
      parts.add(example.isLearned(i) ? marked(id) : id);
    }
    var text = String.join(" ", parts);
    return coloured ? text : text.replace("⟧ ⟦", " ");
  }

  private String marked(String text) {
    return coloured ? GREEN + text + PLAIN : "⟦" + text + "⟧";
  }

  private void summary(TuningData data) {
    var report = new TuningPlanReport(out::println);
    out.println();
    report.data(data);
    data.notices().forEach(out::println);
    out.flush();
  }
}
