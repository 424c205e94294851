package dev.fader.train;

import dev.fader.data.Batch;
import dev.fader.data.Batches;
import dev.fader.data.EvaluationBatches;
import dev.fader.data.Position;
import dev.fader.data.TokenFile;
import dev.fader.format.FileContent;
import dev.fader.model.Decoder;
import dev.fader.model.file.ModelWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A whole model that learns to continue text.
final class TextLearner implements Learner {
  private static final int TOKENS_COUNTED = 1 << 20;

  private final TrainingRun.Task task;
  private final TrainingConfig config;
  private final Optional<Path> weights;
  private final TrainableModel model;
  private final Checkpoint checkpoint;
  private final Turns turns;
  private final Ranks ranks;
  private final Batches batches;
  private final Optional<EvaluationBatches> validation;
  private final LearningCurve.Scale scale;

  /// Allocates memory.
  ///
  /// @param weights a model directory to begin with; random numbers if empty
  TextLearner(TrainingRun.Task task, TrainingRun.Compute compute, Optional<Path> weights)
      throws IOException {
    this.task = task;
    this.config = task.config();
    this.weights = weights;
    requireContext();
    if (weights.isPresent()) {
      ModelWeights.require(weights.get(), task.model());
    }
    this.checkpoint = new Checkpoint(task.model(), task.tokenizer());
    var batching = config.batching();
    this.ranks = compute.ranks();
    this.turns = ranks.turns(batching.accumulate());
    this.batches =
        Batches.of(
            task.data().training(),
            new Batches.Order(batching.batch(), batching.context(), config.seed()));
    this.validation =
        task.data()
            .validation()
            .map(text ->
                EvaluationBatches.some(
                    text,
                    EvaluationBatches.Windows.whole(Math.max(2, batching.context())),
                    batching.batch(),
                    config.cadence().evaluationWindows(batching.context())));
    this.scale =
        new LearningCurve.Scale(
            frequencies(task.data().training()),
            config.schedule().shape() != Schedule.Shape.CONSTANT);
    this.model = new TrainableModel(compute, task.model(), config);
  }

  private void requireContext() {
    int context = config.batching().context();
    TrainingException.require(
        context <= task.model().context(),
        "context %d is more than the %d that the model has: choose at most that",
        context,
        task.model().context());
  }

  /// The unigram entropy in nats of the beginning of `text`: the loss of a model that knows only
  /// token frequencies.
  private static double frequencies(TokenFile text) {
    int count = (int) Math.min(text.tokens(), TOKENS_COUNTED);
    var tokens = new int[count];
    text.copy(0, tokens, 0, count);
    var counts = new int[text.vocabularySize()];
    for (int token : tokens) {
      counts[token]++;
    }
    double sum = 0;
    for (int times : counts) {
      sum -= times == 0 ? 0 : times * Math.log((double) times / count);
    }
    return sum / Math.max(1, count);
  }

  @Override
  public void begin() throws IOException {
    if (weights.isPresent()) {
      model.fill(wanted -> ModelWeights.copy(weights.get(), model.parameters(), wanted));
      checkpoint.keepTemplates(weights.get());
    } else {
      model.initialize();
    }
  }

  @Override
  public Ranks ranks() {
    return ranks;
  }

  @Override
  public void share() {
    model.share();
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
    return model.step(draw(), plan);
  }

  @Override
  public Optional<Waiting> waiting() {
    return model.waiting();
  }

  /// This rank's batches of one step. Several are copied, because each overwrites the one before.
  private List<Batch> draw() {
    if (turns.microbatches() == 1) {
      return List.of(batches.next());
    }
    var drawn = new ArrayList<Batch>(turns.count());
    for (int i = 0; i < turns.microbatches(); i++) {
      if (turns.isMine(i)) {
        var batch = batches.next();
        drawn.add(
            new Batch(batch.rows(), batch.time(), batch.inputs().clone(), batch.targets().clone()));
      } else {
        batches.skip();
      }
    }
    return drawn;
  }

  @Override
  public Optional<Evaluation> evaluate() {
    return validation.map(model::evaluate);
  }

  @Override
  public boolean isFinite() {
    return model.isFinite();
  }

  @Override
  public boolean beginsTrained() {
    return weights.isPresent();
  }

  @Override
  public Position position() {
    return batches.position();
  }

  @Override
  public void seek(Position position) {
    batches.seek(position);
  }

  @Override
  public Amount amount() {
    double targetsPerRow = (double) batches.targetsPerEpoch() / batches.rowsPerEpoch();
    var batching = config.batching();
    double tokensPerStep = targetsPerRow * batching.batch() * batching.accumulate();
    return new Amount(Math.max(1, Math.round(tokensPerStep)), batches.targetsPerEpoch());
  }

  @Override
  public LearningCurve.Scale scale() {
    return scale;
  }

  @Override
  public TrainingState.Origin origin() {
    return Checkpoint.origin(task.tokenizer(), task.data(), config);
  }

  @Override
  public Map<String, FileContent> files(TrainingState state) {
    return checkpoint.files(model, state);
  }

  @Override
  public TrainingState read(Path directory) throws IOException {
    var state = checkpoint.read(directory, model, origin());
    checkpoint.keepTemplates(directory);
    return state;
  }

  @Override
  public Decoder decoder() {
    return model.decoder();
  }

  @Override
  public void close() {
    model.close();
  }
}
