package dev.fader.train;

import dev.fader.data.Batch;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.Decoder;
import java.util.List;

/// The cross-entropy of the next token, over all targets of some batches, as if all their sequences
/// were one batch.
record NextTokens(Decoder decoder, BatchLoss loss, List<Batch> batches) implements Objective {
  @Override
  public int microbatches() {
    return batches.size();
  }

  @Override
  public Size size(int index) {
    var batch = batches.get(index);
    long targets = batch.predictions();
    return new Size(targets, targets, loss.countedRows(batch));
  }

  @Override
  public Variable forward(Tape tape, int index) { // (rows, width)
    return decoder.forward(tape, loss.load(tape, batches.get(index)));
  }

  @Override
  public double startBackward(Tape tape, int index, Variable output, Size step) {
    return loss.addTo(0, tape, output, 1f / step.targets());
  }
}
