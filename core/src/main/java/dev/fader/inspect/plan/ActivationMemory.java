package dev.fader.inspect.plan;

import dev.fader.generate.SessionPool;
import dev.fader.grad.DropoutPlan;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.tensor.DType;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;

/// The memory of activations in bytes, measured by running the decoder on memory that only counts
/// allocations. All float32.
///
/// @param positions rotary tables
/// @param training one training step: results of operations and their gradients, logits included
/// @param inference one batch without a backward pass, or all that sessions share
record ActivationMemory(long positions, long training, long inference) {
  /// Any positive rate.
  private static final DropoutPlan SOME_DROPOUT = new DropoutPlan(0.5f, 0, 0);

  /// The memory of training `config`.
  ///
  /// @throws ArithmeticException if it is more than can be counted
  static ActivationMemory of(ModelConfig config, TrainingShape shape) {
    try (var count = new Count(config, shape.batch(), shape.time())) {
      long training = count.train(shape);
      return new ActivationMemory(count.positions.bytes(), training, count.evaluate());
    } catch (OutOfTensorMemory | IllegalArgumentException tooLarge) {
      throw new ArithmeticException(tooLarge.getMessage());
    }
  }

  /// The memory of reading and generating with one pool of sessions, and the rotary tables that a
  /// model begins with.
  static ActivationMemory reading(ModelConfig config) {
    try (var count = new Count(config, 1, 1)) {
      return new ActivationMemory(count.positions.bytes(), 0, count.read());
    }
  }

  /// A model without numbers.
  private static final class Count implements AutoCloseable {
    private final TensorMemory memory = TensorMemory.counting();
    private final Workers workers = Workers.of(1);
    private final TensorArena table = memory.open("parameters");
    private final TensorArena positions = memory.open("positions");
    private final Parameters parameters;
    private final Decoder decoder;
    private final TokenBlock tokens;

    Count(ModelConfig config, int batch, int time) {
      int context = Math.max(config.context(), time);
      parameters =
          Parameters.learned(config.withContext(context).withStackedExperts(), table, table);
      decoder = new Decoder(parameters, positions);
      var ids = table.allocate(DType.INT32, Shape.of(Math.multiplyExact(batch, time)));
      tokens = TokenBlock.ofSequences(ids, batch, time);
    }

    long train(TrainingShape shape) {
      try (var activations = memory.open("training")) {
        var mode = shape.recomputed() ? Tape.Mode.TRAIN_RECOMPUTING : Tape.Mode.TRAIN;
        var tape = new Tape(Kernels.scalar(workers), activations, mode);
        tape.dropout(shape.dropout() ? SOME_DROPOUT : DropoutPlan.NONE);
        loss(tape, 1);
        tape.backward();
        return activations.bytes();
      }
    }

    long evaluate() {
      try (var activations = memory.open("evaluation")) {
        loss(new Tape(Kernels.scalar(workers), activations, Tape.Mode.INFER), 0);
        return activations.bytes();
      }
    }

    long read() {
      try (var sessions =
          new SessionPool(decoder, Kernels.scalar(workers), memory, KeyValueLimits.DEFAULTS)) {
        return sessions.activationBytes();
      }
    }

    private void loss(Tape tape, float gradientScale) {
      Variable output = decoder.forward(tape, tokens);
      Tensor targets = tokens.ids();
      float cap = decoder.config().embedding().logitSoftCap();
      tape.headLoss(output, parameters.head(), new HeadLoss(targets, gradientScale, cap), targets);
    }

    @Override
    public void close() {
      positions.close();
      table.close();
      workers.close();
    }
  }
}
