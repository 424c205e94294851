package dev.fader.app.explain;

import dev.fader.data.Batch;
import dev.fader.kernel.Engine;
import dev.fader.model.Role;
import dev.fader.tensor.Tensor;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.StepPlan;
import dev.fader.train.TrainableModel;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.recipe.Architecture;
import dev.fader.train.recipe.ModelSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// A language model that learns a short text in seconds.
final class TextLearner implements AutoCloseable {
  private static final int ROWS = 4;
  private static final double RATE = 5e-3;

  private final Tokenizer tokenizer;
  private int[] ids;
  private final int time;
  private final double rate;
  private final TrainableModel trainer;
  private final SplittableRandom random = new SplittableRandom(7);
  private long steps;

  /// A model of this size with random parameters, to be learned from the characters of `text`.
  TextLearner(Engine engine, String text, ModelSize size) {
    this(engine, Tokenizer.characters(List.of(Sentences.some(0, 500))), text, size);
  }

  /// How parameters are moved.
  record Moves(OptimizerConfig optimizer, double rate) {}

  /// The same, learned in another way.
  TextLearner(Engine engine, String text, ModelSize size, Moves moves) {
    this(
        engine,
        new Lesson(Tokenizer.characters(List.of(Sentences.some(0, 500))), text),
        size,
        moves);
  }

  /// The same of the tokens of `tokenizer`.
  TextLearner(Engine engine, Tokenizer tokenizer, String text, ModelSize size) {
    this(engine, new Lesson(tokenizer, text), size, new Moves(OptimizerConfig.adamw(), RATE));
  }

  private record Lesson(Tokenizer tokenizer, String text) {}

  private TextLearner(Engine engine, Lesson lesson, ModelSize size, Moves moves) {
    tokenizer = lesson.tokenizer;
    ids = tokenizer.encode(lesson.text);
    time = size.context();
    rate = moves.rate;
    var config =
        new TrainingConfig(
            new TrainingConfig.Batching(ROWS, 1, time),
            new TrainingBudget.Steps(1000),
            new Schedule(Schedule.Shape.CONSTANT, rate, 0, 0),
            moves.optimizer,
            TrainingConfig.Cadence.standard(),
            0,
            3,
            false,
            false);
    trainer =
        new TrainableModel(
            engine.kernels(), engine.memory(), Architecture.LLAMA.config(size), config);
    trainer.initialize();
  }

  /// Learns another text from now on.
  void goOnWith(String text) {
    ids = tokenizer.encode(text);
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  long parameters() {
    return trainer.parameters().count();
  }

  /// Tokens of the text that is learned.
  int tokens() {
    return ids.length;
  }

  /// Tokens that one step reads.
  int tokensPerStep() {
    return ROWS * time;
  }

  int vocabulary() {
    return trainer.parameters().config().vocabularySize();
  }

  /// The weight of a role in the first layer that has one.
  Tensor weight(Role role) {
    return trainer.parameters().weight(role).value();
  }

  /// One update; the loss before it.
  double step() {
    return trainer.step(List.of(batch()), new StepPlan(steps++, rate, false)).loss();
  }

  private Batch batch() {
    var inputs = new int[ROWS * time];
    var targets = new int[ROWS * time];
    for (int row = 0; row < ROWS; row++) {
      int start = random.nextInt(ids.length - time);
      System.arraycopy(ids, start, inputs, row * time, time);
      System.arraycopy(ids, start + 1, targets, row * time, time);
    }
    return new Batch(ROWS, time, inputs, targets);
  }

  /// The mean loss over a text.
  double loss(String text) {
    return trainer.evaluate(rows(tokenizer.encode(text), Integer.MAX_VALUE)).loss();
  }

  double lossOfFirstBatch() {
    return trainer.evaluate(rows(ids, 1)).loss();
  }

  private List<Batch> rows(int[] of, int most) {
    var batches = new ArrayList<Batch>();
    for (int start = 0; start + time < of.length && batches.size() < most; start += time) {
      var inputs = Arrays.copyOfRange(of, start, start + time);
      var targets = Arrays.copyOfRange(of, start + 1, start + time + 1);
      batches.add(new Batch(1, time, inputs, targets));
    }
    return batches;
  }

  /// The gradient of the first batch's loss with respect to the first numbers of a weight. The
  /// parameters stay as they are: the step has a rate of 0.
  float[] slopes(Role role, int count) {
    var batch = rows(ids, 1);
    trainer.step(batch, new StepPlan(0, 0, false));
    var gradient = trainer.parameters().weight(role).gradient().orElseThrow();
    var slopes = new float[count];
    for (int i = 0; i < count; i++) {
      slopes[i] = gradient.get(i);
    }
    return slopes;
  }

  @Override
  public void close() {
    trainer.close();
  }
}
