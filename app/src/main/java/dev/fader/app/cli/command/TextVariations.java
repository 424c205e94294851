package dev.fader.app.cli.command;

import dev.fader.app.cli.option.DataOptions;
import dev.fader.app.cli.option.TextVariation;
import dev.fader.app.cli.option.TextVariation.Kind;
import dev.fader.app.cli.option.TokenizerOption;
import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.data.quality.DataReport;
import dev.fader.data.quality.Fault;
import dev.fader.data.quality.Rules;
import dev.fader.sweep.Sweep;
import dev.fader.sweep.SweepEvent;
import dev.fader.sweep.SweepPlan;
import dev.fader.sweep.SweepRequest;
import dev.fader.sweep.SweepResult;
import dev.fader.sweep.SweepRun;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.recipe.Recipe;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The runs of a sweep that learn from other texts, or by other tokenizers, at the middle budget.
///
/// Other texts are measured on what is held out of the sweep's own, by the same tokenizer; other
/// tokenizers on what is held out of the same text, so that their losses are compared for each
/// byte.
final class TextVariations implements AutoCloseable {
  /// What they differ from.
  ///
  /// @param text that is read, for other tokenizers to read
  /// @param plan how it was read
  record Origin(
      SweepRequest request,
      SweepRun base,
      Sweep.Place place,
      Corpus text,
      Dataset.Plan plan,
      Recipe.Resources resources) {}

  /// As `train --eval-batches` counts them.
  private static final long TOKENS_OF_A_BATCH = 4096;

  private record Prepared(SweepRun run, Sweep.Place place) {}

  private final List<Prepared> prepared = new ArrayList<>();
  private final Consumer<String> notices;
  private volatile boolean stopRequested;
  private volatile Optional<Sweep> running = Optional.empty();

  private TextVariations(Consumer<String> notices) {
    this.notices = notices;
  }

  /// Reads texts and makes tokenizers.
  ///
  /// @param data whose folders are read with the same pattern
  /// @throws TrainingException if two would have the same name, or a text holds ids
  /// @throws IllegalArgumentException if there is no such tokenizer
  /// @throws IOException if a tokenizer cannot be read
  static TextVariations prepare(
      List<TextVariation> variations, Origin origin, DataOptions data, Consumer<String> notices)
      throws IOException {
    var made = new TextVariations(notices);
    var names = new HashSet<String>();
    try {
      for (var variation : variations) {
        for (var value : variation.values()) {
          var name = variation.name(value);
          TrainingException.require(
              names.add(name),
              "two of what is varied would be called %s: give one of them another name",
              name);
          made.add(
              variation.kind() == Kind.DATA
                  ? made.otherText(data, value, origin)
                  : made.otherTokenizer(value, origin),
              name,
              origin);
        }
      }
      return made;
    } catch (IOException | RuntimeException | Error failed) {
      made.close();
      throw failed;
    }
  }

  private void add(Sweep.Place place, String name, Origin origin) {
    var resources =
        new Recipe.Resources(
            place.data().training().tokens(),
            place.tokenizer().orElseThrow().vocabularySize(),
            origin.resources().machine(),
            origin.resources().speed());
    prepared.add(
        new Prepared(SweepPlan.varied(origin.request(), origin.base(), name, resources), place));
  }

  @SuppressWarnings("MustBeClosedChecker") // Closed with this.
  private Sweep.Place otherText(DataOptions data, String value, Origin origin) {
    var words = origin.place().tokenizer().orElseThrow();
    var held = origin.place().data().validation().orElseThrow().texts(words);
    try (var other = data.open(List.of(value), origin.plan().cache(), notices);
        var heldOut = Corpus.of(held)) {
      TrainingException.require(
          !other.holdsIds(), "%s holds token ids, and a sweep reads text", value);
      warnOfKnown(value, other, heldOut);
      var dataset = Dataset.prepare(other, Optional.of(heldOut), origin.plan(), notices);
      return new Sweep.Place(origin.place().out(), Optional.of(words), dataset);
    }
  }

  /// A text that has what another is measured on says little by a low loss.
  private void warnOfKnown(String value, Corpus other, Corpus heldOut) {
    var report =
        DataReport.of(
            other,
            Optional.of(heldOut),
            Rules.USUAL,
            broken -> {
              throw broken.problem();
            });
    var known = report.faults().get(Fault.KNOWN);
    if (known != null && known.documents() > 0) {
      notices.accept(
          "warning: %,d of %,d texts of %s have passages of what is held out, so that its loss flatters"
              .formatted(known.documents(), report.documents(), value));
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // Closed with this.
  private Sweep.Place otherTokenizer(String value, Origin origin) throws IOException {
    Tokenizer words = TokenizerOption.parse(value).make(origin.text(), Optional.empty(), notices);
    var plan = origin.plan();
    var other =
        new Dataset.Plan(
            Encoder.of(words), plan.validationFraction(), plan.cache(), plan.threads());
    var dataset = Dataset.prepare(origin.text(), Optional.empty(), other, notices);
    return new Sweep.Place(origin.place().out(), Optional.of(words), dataset);
  }

  /// In the order in which they are done.
  List<SweepRun> runs() {
    return prepared.stream().map(Prepared::run).toList();
  }

  /// Batches of evaluation that measure all that is held out of each text; 0 if there are none.
  long batchesThatMeasureAll() {
    return prepared.stream().mapToLong(one -> batchesOf(one.place().data())).max().orElse(0);
  }

  /// Those that measure all that is held out of a text.
  static long batchesOf(Dataset data) {
    return Math.ceilDiv(data.validation().orElseThrow().tokens(), TOKENS_OF_A_BATCH);
  }

  /// Ends after the step that is being taken. For any thread.
  void requestStop() {
    stopRequested = true;
    running.ifPresent(Sweep::requestStop);
  }

  /// Does all that are not done.
  ///
  /// @return fewer if it was stopped
  List<SweepResult> run(TrainingRun.Compute compute, Consumer<? super SweepEvent> listener)
      throws IOException {
    var results = new ArrayList<SweepResult>();
    for (var one : prepared) {
      var sweep = new Sweep(one.place(), compute);
      running = Optional.of(sweep);
      if (stopRequested) {
        sweep.requestStop(); // the other ranks hear of it from there
      }
      var done = sweep.run(List.of(one.run()), listener);
      if (done.isEmpty()) {
        break;
      }
      results.addAll(done);
    }
    running = Optional.empty();
    return results;
  }

  @Override
  public void close() {
    prepared.forEach(one -> one.place().data().close());
  }
}
