package dev.fader.sweep;

import dev.fader.data.Dataset;
import dev.fader.data.EvaluationBatches;
import dev.fader.format.DurableFile;
import dev.fader.format.JsonFile;
import dev.fader.inspect.count.ParameterCount;
import dev.fader.model.Decoder;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.LearningCurve;
import dev.fader.train.LossEvaluator;
import dev.fader.train.OutputLock;
import dev.fader.train.TrainingEvent;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.TrainingRun.Beginning;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Trains the runs of a sweep, one after the other, or spread over ranks, each of them on one, in a
/// folder of its own below `runs/`.
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

  /// Such as `1e12-2x64` and `1e12-2x64-seed-2`.
  private static final Pattern RUN = Pattern.compile("[0-9.e]+-\\d+x\\d+.*");

  private static final int MOST_RUNS = 1000;

  private final Place place;
  private final TrainingRun.Compute compute;
  private volatile boolean stopRequested;
  private volatile Optional<TrainingRun> running = Optional.empty();

  /// @param compute with the ranks that do the runs together, if there are some
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

  /// Whether there are runs of a sweep at `out`, done or begun.
  public static boolean isAt(Path out) {
    try {
      return !begun(out).isEmpty();
    } catch (IOException unreadable) {
      return false;
    }
  }

  /// The results at `out`, whoever trained them: budgets ascending, sizes ascending.
  ///
  /// @throws IOException if one cannot be read
  public static List<SweepResult> results(Path out) throws IOException {
    var results = new ArrayList<SweepResult>();
    for (var folder : begun(out)) {
      var file = folder.resolve(SweepResult.FILE);
      if (Files.isRegularFile(file)) {
        results.add(SweepResult.read(file));
      }
    }
    results.sort(
        Comparator.comparingDouble(SweepResult::budget)
            .thenComparingDouble(SweepResult::size)
            .thenComparing(SweepResult::name));
    return results;
  }

  /// The names of the runs at `out` that have a result, readable or not.
  ///
  /// @throws IOException if a folder cannot be read
  public static List<String> done(Path out) throws IOException {
    return begun(out).stream()
        .filter(folder -> Files.isRegularFile(folder.resolve(SweepResult.FILE)))
        .map(folder -> folder.getFileName().toString())
        .toList();
  }

  /// The names of the runs at `out` that a process trains now.
  ///
  /// @throws IOException if a folder cannot be read
  public static List<String> running(Path out) throws IOException {
    var names = new ArrayList<String>();
    for (var folder : begun(out)) {
      if (!Files.exists(folder.resolve(SweepResult.FILE))
          && OutputLock.process(folder).isPresent()) {
        names.add(folder.getFileName().toString());
      }
    }
    return names;
  }

  /// Folders of runs, which are named by their budgets, in the order of their names.
  private static List<Path> begun(Path out) throws IOException {
    var runs = out.resolve("runs");
    if (!Files.isDirectory(runs, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    try (var folders = Files.list(runs)) {
      return folders
          .filter(folder -> RUN.matcher(folder.getFileName().toString()).matches())
          .filter(folder -> Files.isRegularFile(folder.resolve(SETTINGS)))
          .sorted()
          .limit(MOST_RUNS)
          .toList();
    }
  }

  /// Ends after the step that is being taken, with a checkpoint. For any thread.
  public void requestStop() {
    stopRequested = true;
    running.ifPresent(TrainingRun::requestStop);
  }

  boolean isStopRequested() {
    return stopRequested;
  }

  /// Does all runs that are not done; where there are several ranks, at the same time on all, with
  /// the same runs.
  ///
  /// @param listener of several ranks, each hears of its own runs, and of the ends of all
  /// @return the results in the order of the runs, the same on all ranks; fewer if it was stopped
  /// @throws TrainingException if a folder holds a run of other text or settings, or a checkpoint
  ///   cannot be written
  /// @throws dev.fader.tensor.OutOfTensorMemory if a model is too large
  /// @throws dev.fader.collective.CollectiveException if another rank failed
  /// @throws IOException if a file cannot be read or written
  public List<SweepResult> run(List<SweepRun> runs, Consumer<? super SweepEvent> listener)
      throws IOException {
    if (!compute.ranks().isAlone()) {
      return spread(runs, listener);
    }
    var results = new ArrayList<SweepResult>();
    for (int i = 0; i < runs.size() && !stopRequested; i++) {
      var result = take(new SweepEvent.RunStarted(runs.get(i), i + 1, runs.size()), listener);
      if (result.isEmpty()) {
        break;
      }
      results.add(result.get());
    }
    return results;
  }

  /// Each of them once, though several may have the same name.
  private List<SweepResult> spread(List<SweepRun> runs, Consumer<? super SweepEvent> listener)
      throws IOException {
    var byName = new LinkedHashMap<String, SweepRun>();
    runs.forEach(run -> byName.putIfAbsent(run.name(), run));
    var group = compute.ranks().collective();
    var found = new SpreadRuns(group, List.copyOf(byName.values()), this).run(listener);
    var results = new ArrayList<SweepResult>();
    for (var run : runs) {
      Optional.ofNullable(found.get(run.name()))
          .ifPresent(result -> results.add(result.of(run.purpose())));
    }
    return results;
  }

  /// Does a run, unless it is done.
  ///
  /// @return empty if it was stopped
  Optional<SweepResult> take(SweepEvent.RunStarted start, Consumer<? super SweepEvent> listener)
      throws IOException {
    var run = start.run();
    var before = result(run);
    if (before.isPresent()) {
      listener.accept(new SweepEvent.RunDone(run, before.get(), true));
      return before;
    }
    listener.accept(start);
    var result = train(run, listener);
    result.ifPresent(done -> listener.accept(new SweepEvent.RunDone(run, done, false)));
    return result;
  }

  /// The result of a run that another rank has done.
  SweepResult read(SweepRun run, byte[] content) throws IOException {
    var file = place.folder(run.name()).resolve(SweepResult.FILE);
    return SweepResult.read(file, content).of(run.purpose());
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
    var alone = new TrainingRun.Compute(compute.kernels(), compute.memory());
    try (var training = new TrainingRun(task, alone, beginning)) {
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
      var losses =
          diverged
              ? new Losses(Double.NaN, OptionalDouble.empty())
              : new Losses(lastLoss(training.curve()), trainingLoss(run, training.decoder()));
      var result = result(run, losses, Math.max(1e-3, clock.seconds));
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

  private record Losses(double validation, OptionalDouble training) {}

  /// On as much of what it learned from as is measured of what is held out, spread evenly.
  private OptionalDouble trainingLoss(SweepRun run, Decoder decoder) {
    var training = run.recipe().training();
    int context = Math.max(2, training.batching().context());
    var windows =
        EvaluationBatches.some(
            place.data().training(),
            EvaluationBatches.Windows.whole(context),
            training.batching().batch(),
            training.cadence().evaluationWindows(context));
    try (var evaluator = new LossEvaluator(compute.kernels(), compute.memory(), decoder)) {
      double loss = evaluator.evaluate(windows).loss();
      return Double.isFinite(loss) ? OptionalDouble.of(loss) : OptionalDouble.empty();
    }
  }

  private static double lastLoss(LearningCurve curve) {
    var points = curve.validation();
    return points.isEmpty() ? Double.NaN : points.getLast().loss();
  }

  private SweepResult result(SweepRun run, Losses losses, double seconds) {
    double loss = losses.validation();
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
        losses.training(),
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
