package dev.fader.tune;

import dev.fader.data.Position;
import dev.fader.format.FileContent;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorFile;
import dev.fader.grad.Variable;
import dev.fader.model.Decoder;
import dev.fader.model.Parameters;
import dev.fader.model.adapter.AdaLoraMethod;
import dev.fader.model.adapter.AdapterDirectory;
import dev.fader.model.adapter.FullMethod;
import dev.fader.model.adapter.LoadedAdapter;
import dev.fader.model.convert.ModelShards;
import dev.fader.model.file.ChatTemplates;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.Evaluation;
import dev.fader.train.Learner;
import dev.fader.train.LearningCurve;
import dev.fader.train.Ranks;
import dev.fader.train.Sharding;
import dev.fader.train.StepPlan;
import dev.fader.train.StepResult;
import dev.fader.train.TrainableModel;
import dev.fader.train.TrainerFolder;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun.Compute;
import dev.fader.train.TrainingState;
import dev.fader.train.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// An adapter that learns a task beside a model that stays as it is: mapped from its file, in the
/// type that it is stored in.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class AdapterLearner implements Learner {
  /// What is tuned, and with what.
  ///
  /// @param base the model, which must stay open as long as this is
  /// @param start the adapter before its first step
  /// @param config of the run
  /// @param data what there is to learn
  public record Task(
      LoadedModel base, AdapterStart start, TrainingConfig config, LearningData data) {}

  /// What learns and is no part of the adapter's file.
  private static final String APART = "trainer/apart.safetensors";

  private static final String HEAD = "score.weight"; // as transformers names it

  private final Task task;
  private final TrainableModel model;
  private final LoadedAdapter adapter;
  private final Ranks group;
  private final TensorArena ranks; // of the allocation
  private final Optional<RankAllocation> allocation;
  private final Lessons lessons;
  private final Optional<ModelShards> whole; // where the model itself learns
  private final Map<String, FileContent> templates = new LinkedHashMap<>();

  /// Allocates memory, and sets the adapter to what it begins with.
  ///
  /// @throws TrainingException if the context is longer than the model's
  /// @throws dev.fader.adapter.AdapterException if the adapter does not fit the model
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room
  /// @throws IOException if a file cannot be read
  public AdapterLearner(Task task, Compute compute) throws IOException {
    this.task = task;
    this.group = compute.ranks();
    requireContext();
    var made = new LoadedAdapter[1];
    try {
      this.model =
          new TrainableModel(
              compute,
              rows(task.config, task.data.task()),
              (weights, gradients) -> {
                made[0] = start(compute, weights, gradients);
                return table(task.base.decoder().parameters(), made[0]);
              });
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
    this.ranks = compute.memory().open("ranks");
    try {
      this.adapter = planned(made[0]);
      this.allocation = allocation();
      this.lessons = lessons();
      this.whole = whole(compute);
    } catch (IOException | RuntimeException | Error failed) {
      model.close();
      ranks.close();
      throw failed;
    }
  }

  /// A new adapter of AdaLoRA knows the steps of the run.
  private LoadedAdapter planned(LoadedAdapter made) {
    if (!(task.start instanceof AdapterStart.New)
        || !(made.config().method() instanceof AdaLoraMethod method)) {
      return made;
    }
    if (!(task.config.budget() instanceof TrainingBudget.Steps(long steps))) {
      throw new TrainingException(
          "AdaLoRA takes ranks away by a plan of steps, and the run has none: say how many steps it has");
    }
    return made.withConfig(made.config().withMethod(method.forSteps(Math.toIntExact(steps))));
  }

  private Optional<RankAllocation> allocation() {
    boolean together =
        group.local().isEmpty() && (group.isAlone() || group.sharding() == Sharding.NONE);
    TrainingException.require(
        together || !(adapter.config().method() instanceof AdaLoraMethod),
        "AdaLoRA looks at all gradients, of which each rank would have its share: choose `zero` 0 and steps that all take together, or another method");
    return task.start instanceof AdapterStart.New
            && adapter.config().method() instanceof AdaLoraMethod method
        ? Optional.of(new RankAllocation(method.budget(), adapter.adapter(), ranks))
        : Optional.empty();
  }

  private void requireContext() {
    int context = task.config.batching().context();
    int most = task.base.config().context();
    TrainingException.require(
        context <= most,
        "context %d is more than the %d that the model has: choose at most that",
        context,
        most);
  }

  private LoadedAdapter start(Compute compute, TensorArena weights, TensorArena gradients) {
    try {
      return task.start.make(
          task.base.decoder().parameters(), compute.kernels(), weights, gradients);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /// The parameters of a model with an adapter and its classification head.
  static Parameters table(Parameters base, LoadedAdapter made) {
    return base.adapted(made.adapter(), apart(made));
  }

  /// The configuration of the model in training: of two answers, each has a row.
  static TrainingConfig rows(TrainingConfig config, TuningTask task) {
    if (task != TuningTask.PREFERENCE) {
      return config;
    }
    var batching = config.batching();
    return config.with(
        new TrainingConfig.Batching(
            Math.multiplyExact(2, batching.batch()), batching.accumulate(), batching.context()));
  }

  private static SequencedMap<String, Variable> apart(LoadedAdapter made) {
    var apart = new LinkedHashMap<String, Variable>();
    made.head().ifPresent(head -> apart.put(HEAD, head.weight()));
    return apart;
  }

  private Optional<ModelShards> whole(Compute compute) throws IOException {
    if (!(adapter.config().method() instanceof FullMethod)) {
      return Optional.empty();
    }
    Optional<ModelShards.Head> head =
        task.data instanceof LearningData.Classifications texts
            ? Optional.of(
                new ModelShards.Head(
                    head(texts.classes()).weight().value(),
                    texts.classes().names(),
                    texts.classes().several()))
            : Optional.empty();
    return Optional.of(
        new ModelShards(task.base, model.parameters(), head, compute.kernels().workers()));
  }

  /// Keeps the chat templates of what is learned with the result, where they are not the model's
  /// own.
  ///
  /// @throws dev.fader.format.FormatException if a name cannot be a file name
  public void keepTemplates(ChatTemplates used) throws IOException {
    templates.putAll(used.files());
  }

  /// Writes what belongs to the result beside what checkpoints hold, unless it is there: of a model
  /// that learns itself, what stays as it is.
  ///
  /// @throws IOException if it cannot be written
  public void writeFixed(Path out) throws IOException {
    if (whole.isPresent()) {
      whole.get().writeFixed(out);
    }
  }

  private Lessons lessons() {
    return switch (task.data) {
      case LearningData.Continuations(var training, var validation, boolean packed) ->
          new ContinuationLessons(model, plan(packed), training, validation);
      case LearningData.Preferences preferences ->
          new PreferenceLessons(model, task.base.decoder(), plan(false), preferences);
      case LearningData.Classifications texts ->
          new ClassificationLessons(model, plan(false), head(texts.classes()), texts);
    };
  }

  private LessonPlan plan(boolean packed) {
    return new LessonPlan(task.config, packed, group.turns(task.config.batching().accumulate()));
  }

  private ClassificationLoss.Head head(LearningData.Classes classes) {
    var head =
        adapter
            .head()
            .orElseThrow(() ->
                new TrainingException(
                    "the adapter has no classification head: give one that was made to classify"));
    TrainingException.require(
        head.labels() == classes.names().size(),
        "the adapter tells %d classes apart, and the data has %d: give the same data, or begin anew",
        head.labels(),
        classes.names().size());
    return new ClassificationLoss.Head(
        head.weight(), classes.pooling(), classes.several(), classes.weights());
  }

  /// The adapter that learns.
  public LoadedAdapter adapter() {
    return adapter;
  }

  /// Its numbers are set when it is made.
  @Override
  public void begin() {}

  @Override
  public Ranks ranks() {
    return group;
  }

  @Override
  public void share() {
    model.share();
    model.share(apart().values());
  }

  @Override
  public void give(int rank, int index) {
    model.give(rank, index);
  }

  @Override
  public void collect(int number) {
    model.collect(number);
  }

  @Override
  public StepResult step(StepPlan plan) {
    if (allocation.isEmpty()) {
      return model.step(lessons.next(), plan);
    }
    var result = model.step(allocation.get().with(lessons.next()), plan);
    if (!result.isDiverged()) {
      allocation.get().update(plan.step(), model.clipFactor(result));
    }
    return result;
  }

  @Override
  public Optional<Waiting> waiting() {
    return model.waiting();
  }

  @Override
  public Optional<Evaluation> evaluate() {
    return lessons.evaluate();
  }

  /// What else the last evaluation found, by its name: `accuracy`. Nothing for texts.
  public SequencedMap<String, Double> measures() {
    return lessons.measures();
  }

  @Override
  public boolean isFinite() {
    return model.isFinite();
  }

  @Override
  public boolean beginsTrained() {
    return true;
  }

  @Override
  public Position position() {
    return lessons.order().position();
  }

  @Override
  public void seek(Position position) {
    lessons.order().seek(position);
  }

  @Override
  public Amount amount() {
    return lessons.amount();
  }

  @Override
  public LearningCurve.Scale scale() {
    var advice = TuningAdvice.of(adapter.config().method(), task.data.task());
    return lessons.scale().with(advice);
  }

  @Override
  public TrainingState.Origin origin() {
    var tokenizer = task.base.tokenizer().map(Tokenizer::fingerprint).orElse("");
    return new TrainingState.Origin(
        tokenizer,
        lessons.fingerprint(),
        task.config.batching().context(),
        task.config.seed(),
        task.config.optimizer().method());
  }

  @Override
  public Map<String, FileContent> files(TrainingState state) {
    var files = new LinkedHashMap<String, FileContent>();
    files.putAll(whole.isPresent() ? whole.get().files() : adapterFiles());
    files.putAll(templates);
    if (task.data instanceof LearningData.Classifications texts) {
      var classes = texts.classes();
      files.put(
          ClassLabels.NAME,
          new ClassLabels(classes.names(), classes.several(), classes.pooling()).content());
    }
    if (!apart().isEmpty()) {
      files.put(APART, new SafetensorsContent(apart()));
    }
    files.putAll(TrainerFolder.files(model, state));
    return files;
  }

  /// The adapter as it is now.
  SequencedMap<String, FileContent> adapterFiles() {
    return allocation.isPresent()
        ? AdapterDirectory.files(adapter, task.base.config(), allocation.get().kept())
        : AdapterDirectory.files(adapter, task.base.config());
  }

  @Override
  public TrainingState read(Path directory) throws IOException {
    var state = TrainerFolder.read(directory, origin());
    if (whole.isPresent()) {
      whole.get().read(directory);
    } else {
      readAdapter(directory);
    }
    TrainerFolder.readOptimizer(directory, model);
    return state;
  }

  /// All that learning goes on from, where the adapter's file has less; else nothing.
  private SequencedMap<String, Tensor> apart() {
    var apart = new LinkedHashMap<String, Tensor>();
    if (allocation.isPresent() || adapter.comesOfEncoder()) {
      adapter.tensors().forEach((name, variable) -> apart.put(name, variable.value()));
    }
    allocation.ifPresent(ranks -> apart.putAll(ranks.state()));
    return apart;
  }

  private void readAdapter(Path directory) throws IOException {
    if (!apart().isEmpty()) {
      readApart(directory.resolve(APART));
      return;
    }
    try (var arena = model.batchLoss().memory().open("checkpoint")) {
      var saved = AdapterDirectory.read(directory, task.base.decoder().parameters(), arena);
      for (var key : adapter.tensors().keySet()) {
        var from =
            Optional.ofNullable(saved.tensors().get(key))
                .orElseThrow(() ->
                    new TrainingException(
                        "the adapter in %s has no '%s': it is another than that of this run"
                            .formatted(directory, key)));
        adapter.set(key, from.value());
      }
    }
  }

  private void readApart(Path path) throws IOException {
    try (var file = TensorFile.open(path)) {
      for (var entry : apart().entrySet()) {
        file.get(entry.getKey()).copyTo(entry.getValue());
      }
    }
  }

  @Override
  public Decoder decoder() {
    return model.decoder();
  }

  @Override
  public void close() {
    model.close();
    ranks.close();
  }
}
