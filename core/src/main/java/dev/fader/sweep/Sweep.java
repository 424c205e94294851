package dev.fader.sweep;

import dev.fader.data.Dataset;
import dev.fader.format.DurableFile;
import dev.fader.format.JsonFile;
import dev.fader.inspect.count.ParameterCount;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.LearningCurve;
import dev.fader.train.TrainingEvent;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.TrainingRun.Beginning;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;

/// Trains the runs of a sweep, one after the other, each in a folder of its own below `runs/`.
///
/// A run whose result is there is not done again; one that was interrupted goes on from its newest
/// checkpoint. So a sweep is resumed by doing it again, and extended by doing it with more. For use
/// by one thread, but for [#requestStop()].
public final class Sweep {
  /// What is learned from, and where the runs go.
  ///
  /// @param tokenizer of the models; empty if the data holds ids of an unknown one
  public record Place(Path out, Optional<Tokenizer> tokenizer, Dataset data) {
    /// The folder of a run.
    public Path folder(String name) {
      return out.resolve("runs").resolve(name);
    }
  }

  /// What a run was begun with, in its folder.
  private static final String SETTINGS = "settings.json";

  /// How the sequences of a step are cut, which follows the memory that there is, and changes no
  /// loss but in last bits.
  private static final Set<String> CUTS_OF_A_STEP =
      Set.of(Hyperparameter.BATCH.field(), Hyperparameter.ACCUMULATE.field());

  private final Place place;
  private final TrainingRun.Compute compute;
  private volatile boolean stopRequested;
  private volatile Optional<TrainingRun> running = Optional.empty();

  /// @throws TrainingException if nothing of the text is held out, for losses on what a model has
  ///   learned from say nothing of others
  @SuppressWarnings("exports") // of what computes, which only Fader's own modules see
  public Sweep(Place place, TrainingRun.Compute compute) {
    TrainingException.require(
        place.data().validation().isPresent(),
        "nothing of the text is held out, so that no loss can be compared: take more text");
    this.place = place;
    this.compute = compute;
  }

  /// Ends after the step that is being taken, with a checkpoint. For any thread.
  public void requestStop() {
    stopRequested = true;
    running.ifPresent(TrainingRun::requestStop);
  }

  /// Does all runs that are not done.
  ///
  /// @return the results in the order of the runs; fewer if it was stopped
  /// @throws TrainingException if a folder holds a run of other text or settings, or a checkpoint
  ///   cannot be written
  /// @throws dev.fader.tensor.OutOfTensorMemory if a model is too large
  /// @throws IOException if a file cannot be read or written
  public List<SweepResult> run(List<SweepRun> runs, Consumer<? super SweepEvent> listener)
      throws IOException {
    var results = new ArrayList<SweepResult>();
    for (int i = 0; i < runs.size() && !stopRequested; i++) {
      var run = runs.get(i);
      var before = result(run);
      if (before.isPresent()) {
        results.add(before.get());
        listener.accept(new SweepEvent.RunDone(run, before.get(), true));
        continue;
      }
      listener.accept(new SweepEvent.RunStarted(run, i + 1, runs.size()));
      var result = train(run, listener);
      if (result.isEmpty()) {
        break;
      }
      results.add(result.get());
      listener.accept(new SweepEvent.RunDone(run, result.get(), false));
    }
    return results;
  }

  /// The result of a run that was done earlier.
  private Optional<SweepResult> result(SweepRun run) throws IOException {
    var file = place.folder(run.name()).resolve(SweepResult.FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    var found = SweepResult.read(file);
    requireSame(run, found.settings(), found.data());
    return Optional.of(found.of(run.purpose()));
  }

  /// What a run was begun with, for it to go on with nothing else.
  private void begin(SweepRun run, boolean again) throws IOException {
    var file = place.folder(run.name()).resolve(SETTINGS);
    if (again) {
      var begun = JsonFile.read(file);
      var settings = new LinkedHashMap<String, String>();
      for (var setting : begun.path("settings").properties()) {
        settings.put(setting.getKey(), setting.getValue().asString(""));
      }
      requireSame(run, settings, begun.path("data").asString(""));
      return;
    }
    var beginning = JsonFile.object();
    beginning.put("data", place.data().fingerprint());
    settings(run.recipe()).forEach(beginning.putObject("settings")::put);
    DurableFile.write(file, JsonFile.content(beginning));
  }

  private void requireSame(SweepRun run, Map<String, String> before, String data) {
    var folder = place.folder(run.name());
    TrainingException.require(
        data.equals(place.data().fingerprint()),
        "%s was trained on other text or with another tokenizer: choose another `output`",
        folder);
    for (var decision : settings(run.recipe()).entrySet()) {
      if (CUTS_OF_A_STEP.contains(decision.getKey())) {
        continue;
      }
      var there = before.getOrDefault(decision.getKey(), "not set");
      TrainingException.require(
          there.equals(decision.getValue()),
          "%s was trained with another `%s`, %s and not %s: choose another `output`",
          folder,
          decision.getKey(),
          there,
          decision.getValue());
    }
  }

  /// @return empty if it was stopped
  private Optional<SweepResult> train(SweepRun run, Consumer<? super SweepEvent> listener)
      throws IOException {
    var recipe = run.recipe();
    var folder = place.folder(run.name());
    var task =
        new TrainingRun.Task(
            recipe.model(), place.tokenizer(), place.data(), recipe.training(), folder, true);
    boolean again = TrainingRun.isBegunAt(folder);
    Beginning beginning =
        again ? new Beginning.Resumed() : new Beginning.New(Optional.empty(), true);
    begin(run, again);
    var clock = new Clock();
    try (var training = new TrainingRun(task, compute, beginning)) {
      running = Optional.of(training);
      if (stopRequested) {
        training.requestStop();
      }
      var finished =
          training.run(event -> {
            clock.accept(event);
            listener.accept(new SweepEvent.RunProgressed(run, event));
          });
      if (finished.ending() == TrainingEvent.Ending.STOPPED) {
        return Optional.empty();
      }
      boolean diverged = finished.ending() == TrainingEvent.Ending.DIVERGED;
      double loss = diverged ? Double.NaN : lastLoss(training.curve());
      var result = result(run, loss, Math.max(1e-3, clock.seconds));
      DurableFile.write(folder.resolve(SweepResult.FILE), result.content());
      return Optional.of(result);
    } finally {
      running = Optional.empty();
    }
  }

  /// The seconds of a run, those of earlier processes included.
  private static final class Clock implements Consumer<TrainingEvent> {
    private double seconds;

    @Override
    public void accept(TrainingEvent event) {
      if (event instanceof TrainingEvent.StepTaken step) {
        seconds = step.seconds();
      }
    }
  }

  private static double lastLoss(LearningCurve curve) {
    var points = curve.validation();
    return points.isEmpty() ? Double.NaN : points.getLast().loss();
  }

  private SweepResult result(SweepRun run, double loss, double seconds) {
    var bits =
        Double.isFinite(loss)
            ? place.data().validation().orElseThrow().bitsPerByte(loss)
            : OptionalDouble.empty();
    return new SweepResult(
        run.name(),
        run.purpose(),
        run.budget(),
        run.size(),
        ParameterCount.of(run.recipe().model()).total(),
        run.tokens(),
        loss,
        bits,
        seconds,
        settings(run.recipe()),
        place.data().fingerprint());
  }

  /// All that a loss depends on.
  private SequencedMap<String, String> settings(Recipe recipe) {
    var settings = new LinkedHashMap<String, String>();
    for (var decision : recipe.decisions()) {
      settings.put(decision.name(), decision.value());
    }
    var training = recipe.training();
    var batching = training.batching();
    settings.put(
        "sequencesPerStep", Long.toString((long) batching.batch() * batching.accumulate()));
    settings.put("decayAll", Boolean.toString(training.optimizer().decayAll()));
    settings.put("evalBatches", Integer.toString(training.cadence().evaluationBatches()));
    settings.put("precision", compute.kernels().product().isInBfloat16() ? "bfloat16" : "float32");
    return settings;
  }
}
