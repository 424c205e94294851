package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.Batch;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.row.Activation;
import dev.fader.model.ModelConfig;
import dev.fader.model.Role;
import dev.fader.model.Site;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Zeros of the feed-forward networks: counted, and made by a loss.
class SparsityTrainingTest {
  private static final long SEED = 3;
  private static final int LAYERS = 2;
  private static final int NEURONS = 21;
  private static final int TIME = 13;
  private static final SparsityLoss LOSS = new SparsityLoss(2);

  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);
  private final TensorMemory memory = TensorMemory.unlimited();
  private final SplittableRandom random = new SplittableRandom(SEED);

  @AfterEach
  void nothingStaysOpen() {
    workers.close();
    assertEquals(0, memory.bytes());
  }

  private static ModelConfig model(Activation activation) {
    var model = TinyRun.model(LAYERS, 1);
    return model.withFeedForward(model.feedForward().withActivation(activation, true));
  }

  private TrainableModel trainer(SparsityLoss loss, boolean recompute) {
    var usual =
        new TrainingConfig(
            new TrainingConfig.Batching(2, 1, TIME),
            new TrainingBudget.Steps(10),
            new Schedule(Schedule.Shape.CONSTANT, 1e-3, 0, 0),
            OptimizerConfig.adamw(),
            TrainingConfig.Cadence.standard(),
            0,
            1,
            recompute,
            false);
    var trainer =
        new TrainableModel(kernels, memory, model(Activation.DOUBLE_RELU), usual.with(loss));
    var numbers = new SplittableRandom(SEED);
    for (var spec : trainer.parameters().specs()) {
      var value = trainer.parameters().get(spec).value();
      for (long i = 0; i < value.elements(); i++) {
        value.set(i, spec.role().isNorm() ? 1 : (float) (0.5 * numbers.nextGaussian()));
      }
    }
    return trainer;
  }

  private Batch batch(int rows) {
    var batch = new Batch(rows, TIME, new int[rows * TIME], new int[rows * TIME]);
    for (int i = 0; i < rows * TIME; i++) {
      batch.inputs()[i] = random.nextInt(256);
      batch.targets()[i] = random.nextInt(256);
    }
    return batch;
  }

  @Test
  void zerosOfEachLayerAreCounted() {
    var batch = batch(2);
    int read = 5; // of the second row: what follows pads it
    Arrays.fill(batch.targets(), TIME + read, 2 * TIME, Batch.IGNORED);
    try (var trainer = trainer(SparsityLoss.NONE, false)) {
      trainer.parameters().weight(Role.GATE, 0).value().zero();
      var zeros = trainer.evaluate(List.of(batch)).zeros();
      assertEquals(LAYERS, zeros.size());
      assertEquals(
          new ZeroShare(0, (TIME + read) * NEURONS, (TIME + read) * NEURONS), zeros.get(0));
      assertEquals((TIME + read) * NEURONS, zeros.get(1).neurons());
      assertEquals(0.75, zeros.get(1).share(), 0.15, "of two signs by chance");
      assertEquals((1 + zeros.get(1).share()) / 2, ZeroShare.share(zeros), 1e-12);
    }
  }

  @Test
  void nothingIsCountedWhereNothingIsZero() {
    var settings = TinyRun.config(new TrainingBudget.Steps(10), 1e-3, OptimizerConfig.Method.SGD);
    try (var trainer =
        new TrainableModel(
            kernels, memory, model(Activation.SILU), settings.with(SparsityLoss.NONE))) {
      trainer.initialize();
      assertEquals(List.of(), trainer.evaluate(List.of(batch(1))).zeros());
    }
    var refused =
        assertThrows(
            TrainingException.class,
            () -> new TrainableModel(kernels, memory, model(Activation.SILU), settings.with(LOSS)));
    assertEquals(
        "`sparsityLoss` makes zeros of what ReLU leaves small, and the activation of this model is silu: leave it out, or choose `activation` relu, relu2 or drelu",
        refused.getMessage());
  }

  /// What the loss is the coefficient of.
  private static double magnitude(TrainableModel trainer, Batch batch) {
    var sum = new double[1];
    var watched =
        trainer
            .decoder()
            .intervened((tape, x, place) ->
                place.site() == Site.NEURONS
                    ? tape.observe(x, value -> sum[0] += magnitude(value))
                    : x);
    var tape = trainer.inferring();
    watched.forward(tape, trainer.batchLoss().load(tape, batch));
    tape.clear();
    return sum[0] / ((double) batch.rows() * TIME * NEURONS * LAYERS);
  }

  private static double magnitude(Tensor value) {
    double sum = 0;
    for (float number : value.toArray()) {
      sum += Math.abs(number);
    }
    return sum;
  }

  private static float[] gradient(
      TrainableModel trainer, Role role, List<Batch> batches, double by) {
    trainer.step(batches, new StepPlan(0, 0, false, by));
    return trainer.parameters().weight(role, 0).gradient().orElseThrow().toArray();
  }

  /// Central differences over steps so short that hardly a neuron passes zero; a float32 of size 1
  /// that is off by 6e-8 then leaves 6e-4 of a slope of 1, and the mean over neurons less.
  @Test
  void gradientOfTheLossMatchesDifferences() {
    var batch = batch(2);
    try (var trainer = trainer(LOSS, false)) {
      for (var role : List.of(Role.GATE, Role.UP, Role.DOWN)) {
        var without = gradient(trainer, role, List.of(batch), 0);
        var with = gradient(trainer, role, List.of(batch), LOSS.peak());
        double largest = 0;
        for (int i = 0; i < with.length; i++) {
          largest = Math.max(largest, Math.abs(with[i] - without[i]));
        }
        assertTrue(largest > 1e-3, role + " has slopes of " + largest);
        var weight = trainer.parameters().weight(role, 0).value();
        for (int i = 0; i < with.length; i += 17) {
          float before = weight.get(i);
          weight.set(i, before + 1e-4f);
          double step = weight.get(i);
          double above = magnitude(trainer, batch);
          weight.set(i, before - 1e-4f);
          step -= weight.get(i);
          double below = magnitude(trainer, batch);
          weight.set(i, before);
          double slope = LOSS.peak() * (above - below) / step;
          assertEquals(slope, with[i] - without[i], 0.02 * largest, role + ", element " + i);
        }
      }
    }
  }

  /// The mean is over all batches of a step, and layers that are computed again are not penalized
  /// twice. Sums in other groups differ by rounding.
  @Test
  void batchesAndRecomputedLayersMakeNoDifference() {
    var both = batch(2);
    var first =
        new Batch(1, TIME, Arrays.copyOf(both.inputs(), TIME), Arrays.copyOf(both.targets(), TIME));
    var second =
        new Batch(
            1,
            TIME,
            Arrays.copyOfRange(both.inputs(), TIME, 2 * TIME),
            Arrays.copyOfRange(both.targets(), TIME, 2 * TIME));
    try (var trainer = trainer(LOSS, false);
        var recomputing = trainer(LOSS, true)) {
      var together = gradient(trainer, Role.GATE, List.of(both), 2);
      assertArrayEquals(together, gradient(recomputing, Role.GATE, List.of(both), 2));
      assertArrayEquals(together, gradient(trainer, Role.GATE, List.of(first, second), 2), 1e-5f);
    }
  }

  @Test
  void lossRisesInTheFirstHalf() {
    assertEquals(0, LOSS.at(0, 100));
    assertEquals(1, LOSS.at(25, 100), 1e-12);
    assertEquals(2, LOSS.at(50, 100), 1e-12);
    assertEquals(2, LOSS.at(99, 100), 1e-12);
    assertEquals(0, LOSS.at(0, 1));
    var wrong = assertThrows(TrainingException.class, () -> new SparsityLoss(-1));
    assertEquals(
        "`sparsityLoss` is -1.0, and must be a number of at least 0: try 1, or 0 for none",
        wrong.getMessage());
  }
}
