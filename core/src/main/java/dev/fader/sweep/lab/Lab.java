package dev.fader.sweep.lab;

import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.sweep.Sweep;
import dev.fader.sweep.SweepEvent;
import dev.fader.sweep.SweepResult;
import dev.fader.sweep.SweepRun;
import dev.fader.sweep.lab.Experiment.Condition;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Trains the conditions of an experiment, each over several seeds.
///
/// For each treatment of the text there is a folder of runs, as a sweep has: what is done is not
/// done again, and what was stopped goes on. For use by one thread, but for [#requestStop()].
public final class Lab {
  /// What is learned from, and where the runs go.
  ///
  /// @param cache where tokens are kept
  public record Place(Path out, Tokenizer tokenizer, LabText text, Path cache) {}

  private static final int MOST_SEEDS = 10;

  private final Place place;
  private final TrainingRun.Compute compute;
  private volatile boolean stopRequested;
  private boolean stopped; // on all ranks
  private volatile Optional<Sweep> running = Optional.empty();

  /// @param compute with the ranks that do the runs together, if there are some
  /// @throws TrainingException if the text is too short to hold something out
  @SuppressWarnings("exports") // of what computes, which only Fader's own modules see
  public Lab(Place place, TrainingRun.Compute compute) {
    TrainingException.require(
        !place.text().learned().isEmpty() && !place.text().heldOut().isEmpty(),
        "nothing of the text is held out, so that no loss can be compared: take more text");
    this.place = place;
    this.compute = compute;
  }

  /// Ends after the step that is being taken, with a checkpoint. For any thread.
  public void requestStop() {
    stopRequested = true;
    running.ifPresent(Sweep::requestStop);
  }

  /// The runs of an experiment that [#run] does, without the time that their text takes.
  ///
  /// @param resources whose tokens are those of the whole text
  /// @throws TrainingException if a recipe contradicts itself
  public static List<SweepRun> plan(Experiment experiment, int seeds, Recipe.Resources resources) {
    TrainingException.require(
        seeds >= 1 && seeds <= MOST_SEEDS,
        "`seeds` is %d, and must be from 1 to %d",
        seeds,
        MOST_SEEDS);
    var runs = new LinkedHashMap<String, SweepRun>();
    for (var condition : experiment.conditions()) {
      for (int seed = 1; seed <= seeds; seed++) {
        var run = condition.run(seed, experiment.tokens(), resources);
        runs.put(condition.key() + "/" + seed, run);
      }
    }
    return List.copyOf(runs.values());
  }

  /// Does all runs that are not done; where there are several ranks, at the same time on all.
  ///
  /// @param resources whose tokens are those of the whole text
  /// @return a finding for each condition, in their order; fewer if it was stopped
  /// @throws TrainingException if a folder holds a run of other text or settings
  /// @throws IOException if a file cannot be read or written
  public List<Finding> run(
      Experiment experiment,
      int seeds,
      Recipe.Resources resources,
      Consumer<? super SweepEvent> listener)
      throws IOException {
    int count = plan(experiment, seeds, resources).size();
    var numbered = new Numbering(listener, count);
    var byText = new LinkedHashMap<String, Map<String, Condition>>();
    for (var condition : experiment.conditions()) {
      byText
          .computeIfAbsent(condition.treatment().folder(), _ -> new LinkedHashMap<>())
          .putIfAbsent(condition.key(), condition);
    }
    var found = new HashMap<String, Finding>();
    for (var conditions : byText.values()) {
      var text = new OneText(List.copyOf(conditions.values()), experiment.tokens(), seeds);
      found.putAll(run(text, resources, numbered));
    }
    return experiment.conditions().stream()
        .flatMap(condition ->
            Optional.ofNullable(found.get(condition.key()))
                .map(finding -> finding.of(condition))
                .stream())
        .toList();
  }

  /// Conditions of one text.
  private record OneText(List<Condition> conditions, double tokens, int seeds) {
    Treatment treatment() {
      return conditions.getFirst().treatment();
    }

    List<SweepRun> runs(Condition condition, Recipe.Resources resources) {
      var runs = new ArrayList<SweepRun>();
      for (int seed = 1; seed <= seeds; seed++) {
        runs.add(condition.run(seed, tokens, resources));
      }
      return runs;
    }
  }

  private Map<String, Finding> run(OneText text, Recipe.Resources resources, Numbering listener)
      throws IOException {
    var found = new HashMap<String, Finding>();
    if (stopped || (stopRequested && compute.ranks().isAlone())) {
      return found;
    }
    try (var dataset = prepared(text.treatment(), resources)) {
      var treated =
          new Recipe.Resources(
              dataset.training().tokens(),
              resources.vocabulary(),
              resources.machine(),
              resources.speed());
      var folder = place.out().resolve(text.treatment().folder());
      var sweep =
          new Sweep(new Sweep.Place(folder, Optional.of(place.tokenizer()), dataset), compute);
      running = Optional.of(sweep);
      if (stopRequested) {
        sweep.requestStop();
      }
      var byName = new HashMap<String, SweepResult>();
      var all =
          text.conditions().stream().flatMap(one -> text.runs(one, treated).stream()).toList();
      var results = sweep.run(all, listener);
      stopped = results.size() < all.size();
      results.forEach(result -> byName.put(result.name(), result));
      for (var condition : text.conditions()) {
        var done =
            text.runs(condition, treated).stream()
                .flatMap(run -> Optional.ofNullable(byName.get(run.name())).stream())
                .toList();
        if (done.size() == text.seeds()) {
          found.put(condition.key(), new Finding(condition, done, dataset.training().tokens()));
        }
      }
    } finally {
      running = Optional.empty();
    }
    return found;
  }

  /// The first rank makes what the others then find.
  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  private Dataset prepared(Treatment treatment, Recipe.Resources resources) {
    var ranks = compute.ranks();
    if (!ranks.leads()) {
      ranks.collective().barrier();
    }
    var dataset = dataset(treatment, resources);
    if (ranks.leads()) {
      ranks.collective().barrier();
    }
    return dataset;
  }

  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  private Dataset dataset(Treatment treatment, Recipe.Resources resources) {
    var plan =
        new Dataset.Plan(
            Encoder.of(place.tokenizer()), 0, place.cache(), resources.machine().cores());
    try (var learned = Corpus.of(treatment.of(place.text().learned()));
        var heldOut = Corpus.of(place.text().heldOut())) {
      return Dataset.prepare(learned, Optional.of(heldOut), plan, line -> {});
    }
  }

  /// Numbers runs over all sweeps, those that are done already included.
  private static final class Numbering implements Consumer<SweepEvent> {
    private final Consumer<? super SweepEvent> listener;
    private final int count;
    private int done;

    Numbering(Consumer<? super SweepEvent> listener, int count) {
      this.listener = listener;
      this.count = count;
    }

    @Override
    public void accept(SweepEvent event) {
      switch (event) {
        case SweepEvent.RunStarted(SweepRun run, _, _) ->
            listener.accept(new SweepEvent.RunStarted(run, done + 1, count));
        case SweepEvent.RunDone ended -> {
          done++;
          listener.accept(ended);
        }
        case SweepEvent.RunProgressed progressed -> listener.accept(progressed);
      }
    }
  }
}
