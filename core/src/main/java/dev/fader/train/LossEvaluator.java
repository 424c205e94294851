package dev.fader.train;

import dev.fader.data.Batch;
import dev.fader.grad.Tape;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;

/// Evaluates a model on a text, without dropout and without gradients.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class LossEvaluator implements AutoCloseable {
  private final TensorArena arena;
  private final Tape tape;
  private final Decoder decoder;
  private final BatchLoss loss;

  /// An evaluator for one model; [#close()] frees its memory.
  ///
  /// @throws dev.fader.tensor.OutOfTensorMemory if `memory` has no room; nothing stays open then
  public LossEvaluator(Kernels kernels, TensorMemory memory, Decoder decoder) {
    this.decoder = decoder;
    this.arena = memory.open("evaluation");
    try {
      this.tape = new Tape(kernels, arena, Tape.Mode.INFER);
      this.loss = new BatchLoss(decoder, arena, 1, decoder.config().context());
    } catch (RuntimeException | Error failed) {
      arena.close();
      throw failed;
    }
  }

  /// The mean loss over all targets of `batches`.
  ///
  /// @throws IllegalArgumentException if they hold no target
  public Evaluation evaluate(Iterable<Batch> batches) {
    if (!arena.isOpen()) {
      throw new IllegalStateException("the evaluator is closed: open another one to measure");
    }
    return evaluate(tape, decoder, loss, batches);
  }

  static Evaluation evaluate(Tape tape, Decoder decoder, BatchLoss loss, Iterable<Batch> batches) {
    double sum = 0;
    long targets = 0;
    for (var batch : batches) {
      // One sum over all tokens in order, so that it does not depend on the batch size.
      sum = loss.addTo(sum, tape, decoder.forward(tape, loss.load(tape, batch)), 0);
      tape.clear();
      targets += batch.predictions();
    }
    if (targets == 0) {
      throw new IllegalArgumentException("an evaluation needs at least one token to predict");
    }
    return new Evaluation(sum / targets, targets);
  }

  @Override
  public void close() {
    arena.close();
  }
}
