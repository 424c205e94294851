package dev.fader.tune;

import dev.fader.grad.HeadLoss;
import dev.fader.grad.Projection;
import dev.fader.grad.RowRange;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.Parameters;
import dev.fader.model.adapter.AdaLoraMethod;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.CountedAdapter;
import dev.fader.tensor.DType;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.Ranks;
import dev.fader.train.TrainableModel;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun.Compute;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The memory of tuning in bytes, found by running the decoder with its adapter on memory that only
/// counts.
///
/// @param base the parameters of the model that is tuned, which are mapped from its file
/// @param weights the adapter
/// @param gradients one number for each that is learned
/// @param optimizer what the optimizer remembers
/// @param activations all else: of a step and of an evaluation, rotary tables, token ids, losses,
///   sums of gradients, exchanges with other ranks
public record TuningMemory(
    long base, long weights, long gradients, long optimizer, long activations) {
  /// What is learned, and of what.
  ///
  /// @param adapter with its classification head, if there is one
  /// @param isNew whether each of the adapter's targets must match something
  /// @param several whether several labels may be right
  public record Subject(
      Parameters base, AdapterConfig adapter, boolean isNew, TuningTask task, boolean several) {}

  /// The most that tuning takes in one process.
  ///
  /// @throws ArithmeticException if it is more than can be counted
  /// @throws dev.fader.adapter.AdapterException if the adapter does not fit the model
  public static TuningMemory of(Subject subject, TrainingConfig config) {
    return of(subject, config, Ranks.alone());
  }

  /// The most that it takes on one of some ranks, with what is on its way to the others.
  ///
  /// @throws TrainingException if there are fewer microbatches in a step than ranks
  /// @throws ArithmeticException if it is more than can be counted
  /// @throws dev.fader.adapter.AdapterException if the adapter does not fit the model
  public static TuningMemory of(Subject subject, TrainingConfig config, Ranks ranks) {
    var memory = TensorMemory.counting();
    try (var workers = Workers.of(1);
        var tokens = TensorMemory.unlimited().open("tokens"); // which embedding looks at
        var count =
            new Count(subject, config, new Compute(Kernels.scalar(workers), memory, ranks))) {
      count.run(tokens);
      long known = count.weights + count.gradients + count.optimizer();
      return new TuningMemory(
          baseBytes(subject.base),
          count.weights,
          count.gradients,
          count.optimizer(),
          memory.peakBytes() - known);
    } catch (OutOfTensorMemory | IllegalArgumentException tooLarge) {
      throw new ArithmeticException(tooLarge.getMessage());
    }
  }

  private static long baseBytes(Parameters base) {
    return base.entries().values().stream()
        .map(Variable::value)
        .mapToLong(value -> value.type().bytesFor(value.shape()))
        .sum();
  }

  /// All tensors that a learner takes beside the model: the peak of its tensor memory.
  public long tensors() {
    return weights + gradients + optimizer + activations;
  }

  /// A learner without numbers.
  private static final class Count implements AutoCloseable {
    private final Subject subject;
    private final TrainingConfig config;
    private final Kernels kernels;
    private final TensorMemory memory;
    private final TrainableModel model;
    private final TensorArena allocation; // of AdaLoRA
    private long weights;
    private long gradients;
    private Optional<Variable> head = Optional.empty();

    Count(Subject subject, TrainingConfig config, Compute compute) {
      this.subject = subject;
      this.config = AdapterLearner.rows(config, subject.task);
      this.kernels = compute.kernels();
      this.memory = compute.memory();
      this.allocation = memory.open("ranks");
      this.model = new TrainableModel(compute, this.config, this::table);
    }

    private Parameters table(TensorArena values, TensorArena slopes) {
      var made =
          CountedAdapter.of(
              subject.adapter,
              subject.isNew,
              subject.base,
              new CountedAdapter.Arenas(values, slopes));
      weights = values.bytes();
      gradients = slopes.bytes();
      if (subject.isNew && made.config().method() instanceof AdaLoraMethod method) {
        new RankAllocation(method.forSteps(1).budget(), made.adapter(), allocation);
      }
      head = made.head().map(one -> one.weight());
      return AdapterLearner.table(subject.base, made);
    }

    long optimizer() {
      return model.rememberedBytes();
    }

    void run(TensorArena tokens) {
      var ids = tokens.allocate(DType.INT32, Shape.of(rows(model.decoder())));
      var mode = config.recompute() ? Tape.Mode.TRAIN_RECOMPUTING : Tape.Mode.TRAIN;
      try (var arena = memory.open("activations")) {
        var training = new Tape(kernels, arena, mode);
        var inferring = new Tape(kernels, arena, Tape.Mode.INFER);
        if (subject.task == TuningTask.PREFERENCE) {
          arena.floats(rows(model.decoder())); // the slopes of answers
          try (var apart = TensorMemory.counting().open("reference")) {
            loss(new Decoder(subject.base, apart), inferring, ids, 0);
            inferring.clear();
          }
        }
        loss(model.decoder(), training, ids, 1);
        training.backward();
        loss(model.decoder(), inferring, ids, 0);
        inferring.clear();
      }
    }

    private long rows(Decoder decoder) {
      var batching = config.batching();
      return (long) batching.batch() * (batching.context() + decoder.virtualTokens());
    }

    private void loss(Decoder decoder, Tape tape, Tensor tokens, float scale) {
      int rows = Math.toIntExact(rows(decoder));
      int sequences = config.batching().batch();
      tape.fit(rows, rows);
      var ids = tokens.slice(0, rows);
      var output = decoder.forward(tape, TokenBlock.ofSequences(ids, sequences, rows / sequences));
      if (subject.task == TuningTask.CLASSIFICATION) {
        classify(tape, output, ranges(rows, sequences), scale);
        return;
      }
      Optional<Tensor> scales =
          subject.task == TuningTask.PREFERENCE && scale != 0 ? Optional.of(ids) : Optional.empty();
      float cap = decoder.config().embedding().logitSoftCap();
      tape.headLoss(output, decoder.head(tape), new HeadLoss(ids, scale, cap, scales, true), ids);
    }

    private static List<RowRange> ranges(int rows, int sequences) {
      int time = rows / sequences;
      var ranges = new ArrayList<RowRange>();
      for (int from = 0; from < rows; from += time) {
        ranges.add(new RowRange(from, from + time));
      }
      return ranges;
    }

    private static Variable logits(Tape tape, Variable pooled, Variable weight) {
      return tape.linear(pooled, List.of(new Projection(weight, Optional.empty(), false)));
    }

    private void classify(Tape tape, Variable output, List<RowRange> texts, float scale) {
      var pooled = tape.pool(output, texts);
      var weight = head.orElseThrow();
      int labels = weight.value().shape().size(0);
      if (scale == 0) {
        logits(tape, pooled, weight);
      }
      try (var arena = memory.open("labels")) {
        if (subject.several) {
          var targets = arena.floats(texts.size(), labels);
          var logits = logits(tape, pooled, weight);
          tape.binaryLoss(logits, targets, Optional.empty(), scale);
          return;
        }
        var targets = arena.allocate(DType.INT32, Shape.of(texts.size()));
        var scales = arena.floats(texts.size());
        var losses = arena.floats(texts.size());
        tape.headLoss(
            pooled, weight, new HeadLoss(targets, scale, 0, Optional.of(scales), false), losses);
      }
    }

    @Override
    public void close() {
      model.close();
      allocation.close();
    }
  }
}
