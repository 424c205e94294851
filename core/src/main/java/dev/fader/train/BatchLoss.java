package dev.fader.train;

import dev.fader.data.Batch;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.model.Decoder;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;

/// Cross-entropy of a batch, in nats, summed over its targets.
final class BatchLoss {
  private final Decoder decoder;
  private final BatchTensors tensors;

  /// For batches of `batch` sequences of up to `context` tokens, or more.
  BatchLoss(Decoder decoder, TensorArena arena, int batch, int context) {
    this.decoder = decoder;
    this.tensors = new BatchTensors(arena, batch, context);
  }

  /// The sum of the cross-entropies in nats over the targets of `batch`; with a gradient scale also
  /// the beginning of the way back on `tape`.
  double sum(Tape tape, Batch batch, float gradientScale) {
    return add(0, losses(tape, batch, gradientScale));
  }

  /// `sum` and the cross-entropies in nats over the targets of `batch`, added one by one.
  double addTo(double sum, Tape tape, Batch batch) {
    return add(sum, losses(tape, batch, 0));
  }

  private Tensor losses(Tape tape, Batch batch, float gradientScale) {
    var tokens = tensors.load(batch);
    var output = decoder.forward(tape, tokens); // (rows * time, width)
    var losses = tensors.losses(tokens.rows());
    var softCap = decoder.config().embedding().logitSoftCap();
    var head = new HeadLoss(tensors.targets(tokens.rows()), gradientScale, softCap);
    tape.headLoss(output, decoder.parameters().head(), head, losses);
    return losses;
  }

  private static double add(double before, Tensor losses) {
    double sum = before;
    for (long row = 0; row < losses.elements(); row++) {
      sum += losses.get(row);
    }
    return sum;
  }
}
