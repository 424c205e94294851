package dev.fader.train;

import dev.fader.data.Dataset;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.model.ModelConfig;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.TrainingEvent.Ending;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/// A training run from its first step, or from a checkpoint, to its end.
///
/// Unless the budget is one of time, every step is a function of the task and the step number
/// alone: a run that was killed and resumed writes the same bytes as one that was not. So does a
/// run of several ranks, of which the first alone reports, evaluates, saves and decides; the others
/// take the steps that it tells them, and write nothing. For use by one thread, but for
/// [#requestStop()].
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class TrainingRun implements AutoCloseable {
  /// The model, the data and the hyperparameters of a run, and where it is saved.
  ///
  /// @param tokenizer of the model; empty if the data holds ids of an unknown one
  /// @param out where the model and the checkpoints go
  /// @param keepLast whether the model at `out` is that of the last step, and not that with the
  ///   lowest validation loss
  public record Task(
      ModelConfig model,
      Optional<Tokenizer> tokenizer,
      Dataset data,
      TrainingConfig config,
      Path out,
      boolean keepLast) {}

  /// What a run computes with.
  ///
  /// @param ranks that take its steps together
  public record Compute(Kernels kernels, TensorMemory memory, Ranks ranks) {
    /// One process that does everything.
    public Compute(Kernels kernels, TensorMemory memory) {
      this(kernels, memory, Ranks.alone());
    }
  }

  /// Where the initial weights come from.
  public sealed interface Beginning {
    /// A new run.
    ///
    /// @param weights a model directory to begin with; random numbers if empty
    /// @param overwrite whether a model that is at the output already is deleted
    record New(Optional<Path> weights, boolean overwrite) implements Beginning {}

    /// The newest whole checkpoint at the output.
    record Resumed() implements Beginning {}
  }

  /// How long a run goes on, and where it is saved.
  ///
  /// @param arithmetic [Kernels#arithmetic()] of the learner's kernels
  /// @param out where the model and the checkpoints go
  /// @param keepLast whether the model at `out` is that of the last step, and not that with the
  ///   lowest validation loss
  public record Course(TrainingConfig config, String arithmetic, Path out, boolean keepLast) {}

  private static final double NANOS = 1e-9;

  private final Course course;
  private final TrainingConfig config;
  private final Learner learner;
  private final Ranks ranks;
  private final RunOrders orders;
  private final CheckpointStore store;
  private final Optional<OutputLock> lock; // of the first rank
  private final TrainingEvent.Started started;

  private boolean measuresTheStart;
  private LearningCurve curve;
  private Pace pace;
  private long step;
  private long tokens;
  private long met; // the step after which all ranks had the same weights last
  private long meeting; // when all ranks have the same weights next
  private long scheduled; // the horizon until then
  private long part; // of the run, then
  private double secondsBefore;
  private long startedAt = System.nanoTime();
  private Optional<Path> newest = Optional.empty();
  private volatile boolean stopRequested;

  /// A model that learns to continue text. Allocates memory, and initialises or reads the weights.
  ///
  /// @throws TrainingException if the output is another run's, or there is no checkpoint that fits
  ///   the task
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room
  /// @throws IOException if a file cannot be read
  public TrainingRun(Task task, Compute compute, Beginning beginning) throws IOException {
    this(
        new Course(task.config(), compute.kernels().arithmetic(), task.out(), task.keepLast()),
        learner(task, compute, beginning),
        beginning);
  }

  private static Learner learner(Task task, Compute compute, Beginning beginning)
      throws IOException {
    try {
      return new TextLearner(task, compute, weights(beginning));
    } catch (IOException | RuntimeException | Error failed) {
      compute.ranks().fail(failed);
      throw failed;
    }
  }

  private static Optional<Path> weights(Beginning beginning) {
    return beginning instanceof Beginning.New(Optional<Path> weights, _)
        ? weights
        : Optional.empty();
  }

  /// Anything that learns.
  ///
  /// @param learner which this closes, also where this throws
  /// @throws TrainingException if the output is another run's, or there is no checkpoint that fits
  ///   the learner
  /// @throws IOException if a file cannot be read
  public TrainingRun(Course course, Learner learner, Beginning beginning) throws IOException {
    this.course = course;
    this.config = course.config();
    this.learner = learner;
    this.ranks = learner.ranks();
    this.orders = new RunOrders(ranks.collective());
    this.store = new CheckpointStore(course.out());
    try {
      this.curve = new LearningCurve(learner.scale());
      this.pace = pace(OptionalLong.empty());
      this.lock = ranks.leads() ? Optional.of(OutputLock.of(course.out())) : Optional.empty();
      try {
        this.started = ranks.leads() ? lead(beginning) : join();
      } catch (IOException | RuntimeException | Error failed) {
        lock.ifPresent(OutputLock::close);
        throw failed;
      }
    } catch (IOException | RuntimeException | Error failed) {
      ranks.fail(failed);
      learner.close();
      throw failed;
    }
  }

  /// Whether there are checkpoints at `out` that a run could go on from.
  public static boolean isBegunAt(Path out) {
    return new CheckpointStore(out).isBegun();
  }

  /// Makes sure that a new run could write to `out`, before work is done for it.
  ///
  /// @throws TrainingException if a run has it now, or there is something at it already, unless
  ///   `overwrite`
  public static void requireUnused(Path out, boolean overwrite) throws IOException {
    OutputLock.requireFree(out);
    new CheckpointStore(out).requireUnused(overwrite);
  }

  private Pace pace(OptionalLong horizon) {
    var amount = learner.amount();
    return new Pace(config.budget(), amount.tokensPerStep(), amount.tokensPerEpoch(), horizon);
  }

  /// Begins, and lets the other ranks begin with the same.
  private TrainingEvent.Started lead(Beginning beginning) throws IOException {
    var begun = begin(beginning);
    orders.tell(start());
    learner.share();
    return begun;
  }

  private RunOrders.Order.Start start() {
    var settings = config + " " + ranks.sharding() + " " + ranks.local() + " " + learner.origin();
    return new RunOrders.Order.Start(
        step, learner.position(), settings.hashCode(), course.arithmetic().hashCode());
  }

  /// Begins with what the first rank has.
  private TrainingEvent.Started join() {
    if (!(orders.next() instanceof RunOrders.Order.Start first)) {
      throw new IllegalStateException("the first rank does not begin");
    }
    var own = start();
    TrainingException.require(
        own.settings() == first.settings(),
        "it has another text or other settings than the first rank: give all ranks the same");
    TrainingException.require(
        own.arithmetic() == first.arithmetic(),
        "it computes with %s, and the first rank otherwise, so that their last bits would part: choose the same `-Dfader.vectorBits` and engine for all ranks",
        course.arithmetic());
    step = first.step();
    met = step;
    learner.seek(first.position());
    learner.share();
    return new TrainingEvent.Started(
        step, pace.horizon(), Optional.empty(), List.of(), course.arithmetic(), Optional.empty());
  }

  private TrainingEvent.Started begin(Beginning beginning) throws IOException {
    return switch (beginning) {
      case Beginning.New anew -> beginAnew(anew);
      case Beginning.Resumed() -> resume();
    };
  }

  private TrainingEvent.Started beginAnew(Beginning.New beginning) throws IOException {
    learner.begin();
    measuresTheStart = learner.beginsTrained();
    store.begin(beginning.overwrite());
    return new TrainingEvent.Started(
        0, pace.horizon(), Optional.empty(), List.of(), course.arithmetic(), Optional.empty());
  }

  private TrainingEvent.Started resume() throws IOException {
    var found = store.newest();
    var state = learner.read(found.directory());
    restore(state);
    store.checkBest(retention());
    store.publish(store.model(found.directory(), retention()));
    newest = Optional.of(found.directory());
    var before =
        Optional.of(state.arithmetic())
            .filter(other -> !other.isEmpty() && !other.equals(course.arithmetic()));
    return new TrainingEvent.Started(
        step, pace.horizon(), newest, found.skipped(), course.arithmetic(), before);
  }

  private void restore(TrainingState state) {
    step = state.step();
    met = step;
    tokens = state.tokens();
    secondsBefore = state.seconds();
    learner.seek(state.position());
    curve = new LearningCurve(learner.scale(), state.curve());
    pace = pace(state.horizon());
  }

  /// Whether this rank can generate text while a listener is called: it has all weights.
  public boolean canGenerate() {
    return !ranks.shares(Sharding.WEIGHTS);
  }

  /// The decoder, for generating text while a listener is called.
  public Decoder decoder() {
    return learner.decoder();
  }

  /// The losses so far.
  public LearningCurve curve() {
    return curve;
  }

  /// Ends the run after the step that is being taken, with a checkpoint. For any thread.
  public void requestStop() {
    stopRequested = true;
  }

  /// Trains to the end, reporting each event to `listener`: on the first rank, and on others
  /// nothing.
  ///
  /// @return the last event
  /// @throws TrainingException if a checkpoint cannot be written
  /// @throws dev.fader.collective.CollectiveException if another rank failed
  public TrainingEvent.Finished run(Consumer<TrainingEvent> listener) {
    try {
      return ranks.leads() ? lead(listener) : follow();
    } catch (RuntimeException | Error failed) {
      ranks.fail(failed);
      throw failed;
    }
  }

  private TrainingEvent.Finished lead(Consumer<TrainingEvent> listener) {
    startedAt = System.nanoTime();
    pace.start(step, seconds());
    listener.accept(started);
    if (measuresTheStart) {
      measureTheStart(listener);
    }
    Optional<Ending> ending = isOver() ? Optional.of(Ending.COMPLETED) : Optional.empty();
    while (ending.isEmpty()) {
      // A budget of time that runs out between two steps still gets its last one, which saves.
      ending = step(listener);
    }
    orders.tell(new RunOrders.Order.End(ending.get()));
    var finished = finished(ending.get());
    listener.accept(finished);
    return finished;
  }

  private TrainingEvent.Finished follow() {
    while (true) {
      switch (orders.next()) {
        case RunOrders.Order.Steps(int count, long horizon) -> {
          meeting = step + count;
          scheduled = horizon;
          for (int i = 0; i < count; i++) {
            followStep(plan());
          }
        }
        case RunOrders.Order.Give(int rank, int index) -> learner.give(rank, index);
        case RunOrders.Order.Collect(int number) -> learner.collect(number);
        case RunOrders.Order.Evaluate() -> learner.evaluate();
        case RunOrders.Order.End(var ending) -> {
          return new TrainingEvent.Finished(
              ending, step, verdict(ending), Optional.empty(), Optional.empty(), Optional.empty());
        }
        case RunOrders.Order.Start _ ->
            throw new IllegalStateException("the first rank begins in the middle of a run");
      }
    }
  }

  private void followStep(StepPlan plan) {
    var result = learner.step(plan);
    requireFinite(result, false);
    if (!result.isDiverged()) {
      step++;
      curve.addTraining(step, result.loss());
    }
  }

  /// A rank that takes steps of its own cannot end the run for the others, which go on to where all
  /// meet: it fails.
  ///
  /// @param canTell whether the others hear of it now
  private void requireFinite(StepResult result, boolean canTell) {
    TrainingException.require(
        canTell || ranks.isAlone() || ranks.local().isEmpty() || !result.isDiverged(),
        "its loss or gradient of step %d is no finite number: choose a lower learning rate",
        step + 1);
  }

  /// The next step, which all ranks plan alike.
  private StepPlan plan() {
    double learningRate = config.schedule().at(step, scheduled);
    double sparsity = config.sparsity().at(step, scheduled);
    boolean measure = step % config.cadence().measureUpdatesEvery() == 0;
    return new StepPlan(step, learningRate, measure, sparsity, step + 1 == meeting);
  }

  /// How many steps ranks take until all have the same weights again, so that nothing is said
  /// between them.
  private int stepsToMeeting() {
    int count = 1;
    while (!ranks.meetAfter(step + count)
        && !stopRequested
        && !pace.isOver(step + count, seconds())) {
      count++;
    }
    return count;
  }

  /// Evaluates the initial model: fine-tuning is judged against it, and where nothing improves, the
  /// result is the initial model.
  private void measureTheStart(Consumer<TrainingEvent> listener) {
    var start = evaluate();
    if (start.isPresent() && Double.isFinite(start.get().loss())) {
      listener.accept(judge(start.get(), false));
      save(listener);
      pace.start(step, seconds());
    }
  }

  private boolean isOver() {
    return pace.isOver(step, seconds());
  }

  /// One step with its evaluation and checkpoint. Returns why the run must end now, if it must.
  private Optional<Ending> step(Consumer<TrainingEvent> listener) {
    if (step == met) {
      part = pace.part(step, seconds());
      int count = stepsToMeeting();
      meeting = step + count;
      scheduled = pace.horizonOrLong();
      orders.tell(new RunOrders.Order.Steps(count, scheduled));
    }
    var plan = plan();
    boolean meets = plan.meets();
    var result = learner.step(plan);
    if (result.isDiverged()) {
      requireFinite(result, meets); // where the others know nothing of it
      return Optional.of(Ending.DIVERGED);
    }
    step++;
    tokens += result.targets();
    curve.addTraining(step, result.loss());
    pace.update(step, seconds());
    double now = seconds();
    boolean nextPart = pace.part(step, now) > part && pace.affordsInterruption(now);
    var moment =
        new Moment(now, meets, meets && nextPart, meets && isOver(), meets && stopRequested);
    Optional<Evaluation> evaluation = evaluate(moment);
    boolean diverged = evaluation.isPresent() && !Double.isFinite(evaluation.get().loss());
    Optional<TrainingEvent.Evaluated> judged =
        diverged ? Optional.empty() : evaluation.map(e -> judge(e, moment.last));
    listener.accept(
        new TrainingEvent.StepTaken(
            step,
            pace.horizon(),
            result,
            plan.learningRate(),
            tokens,
            seconds(),
            learner.waiting(),
            judged));
    var ending = diverged ? Optional.of(Ending.DIVERGED) : endOrSave(moment, judged, listener);
    met = meets ? step : met;
    return ending;
  }

  /// Saves the step if a checkpoint is due, unless its update left weights that are not finite.
  private Optional<Ending> endOrSave(
      Moment moment,
      Optional<TrainingEvent.Evaluated> evaluated,
      Consumer<TrainingEvent> listener) {
    var ending = ending(moment, evaluated);
    boolean best = evaluated.map(TrainingEvent.Evaluated::best).orElse(false);
    var cadence = config.cadence();
    long every = cadence.checkpointEvery();
    boolean save =
        best || ending.isPresent() || isDue(every == 0 ? cadence.evaluateEvery() : every, moment);
    if (save) {
      if (!learner.isFinite()) {
        return Optional.of(Ending.DIVERGED);
      }
      save(listener);
    }
    if (save || evaluated.isPresent()) {
      pace.interrupted(moment.seconds, seconds());
    }
    return ending;
  }

  /// The position of a step in the run.
  ///
  /// Nothing is due, and no run ends, where ranks have weights of their own.
  ///
  /// @param seconds of the run when the step was complete
  /// @param meets whether all ranks have the same weights
  /// @param nextPart whether it reached the next twentieth of the run
  /// @param last whether it was the last
  /// @param stop whether the run was asked to stop
  private record Moment(
      double seconds, boolean meets, boolean nextPart, boolean last, boolean stop) {}

  private boolean isDue(long every, Moment moment) {
    return every == 0 ? moment.nextPart : moment.meets && step / every > met / every;
  }

  private Optional<Ending> ending(Moment moment, Optional<TrainingEvent.Evaluated> evaluated) {
    if (moment.stop) {
      return Optional.of(Ending.STOPPED);
    }
    boolean overfitting =
        evaluated.isPresent() && evaluated.get().verdict().kind() == Verdict.Kind.OVERFITTING;
    if (config.stopWhenOverfitting() && overfitting) {
      return Optional.of(Ending.OVERFITTED);
    }
    return moment.last ? Optional.of(Ending.COMPLETED) : Optional.empty();
  }

  private Optional<Evaluation> evaluate(Moment moment) {
    // A stopped run is evaluated too; otherwise an older model would count as its best.
    boolean due = isDue(config.cadence().evaluateEvery(), moment) || moment.last || moment.stop;
    return due ? evaluate() : Optional.empty();
  }

  /// On all ranks, where none has all of the model.
  private Optional<Evaluation> evaluate() {
    if (ranks.shares(Sharding.WEIGHTS)) {
      orders.tell(new RunOrders.Order.Evaluate());
    }
    return learner.evaluate();
  }

  private TrainingEvent.Evaluated judge(Evaluation evaluation, boolean last) {
    double lowest = curve.best().map(LearningCurve.Point::loss).orElse(Double.POSITIVE_INFINITY);
    curve.addValidation(step, evaluation.loss());
    return new TrainingEvent.Evaluated(
        step, evaluation, evaluation.loss() < lowest, curve.verdict(last));
  }

  private void save(Consumer<TrainingEvent> listener) {
    var state =
        new TrainingState(
            step,
            tokens,
            seconds(),
            learner.position(),
            pace.horizon(),
            learner.origin(),
            course.arithmetic(),
            curve.state());
    try {
      newest = Optional.of(store.save(step, learner.files(state), retention()));
    } catch (IOException failed) {
      throw new TrainingException(
          "cannot save the checkpoint of step %d: %s; %s"
              .formatted(step, failed.getMessage(), lastGood()),
          failed);
    }
    listener.accept(new TrainingEvent.CheckpointSaved(step, newest.get()));
  }

  private String lastGood() {
    return newest
        .map(path -> "the last good checkpoint is " + path)
        .orElse("there is no earlier checkpoint");
  }

  private CheckpointStore.Retention retention() {
    var best = curve.best().map(LearningCurve.Point::step);
    return new CheckpointStore.Retention(
        config.cadence().keep(),
        best.map(OptionalLong::of).orElse(OptionalLong.empty()),
        course.keepLast());
  }

  private TrainingEvent.Finished finished(Ending ending) {
    Optional<Path> best =
        curve.best().map(point -> store.directory(point.step())).filter(Files::isDirectory);
    var model = newest.map(directory -> store.model(directory, retention()));
    return new TrainingEvent.Finished(ending, step, verdict(ending), newest, best, model);
  }

  private Verdict verdict(Ending ending) {
    return ending == Ending.DIVERGED
        ? curve.diverged(step + 1)
        : curve.verdict(ending != Ending.STOPPED);
  }

  private double seconds() {
    return secondsBefore + (System.nanoTime() - startedAt) * NANOS;
  }

  /// Gives all memory and the output back.
  @Override
  public void close() {
    learner.close();
    lock.ifPresent(OutputLock::close);
  }
}
