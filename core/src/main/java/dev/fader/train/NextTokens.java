package dev.fader.train;

import dev.fader.data.Batch;
import dev.fader.grad.Tape;
import dev.fader.model.Decoder;
import java.util.List;

/// The cross-entropy of the next token, over all targets of some batches, as if all their sequences
/// were one batch.
final class NextTokens implements Objective {
  private final Decoder decoder;
  private final BatchLoss loss;
  private final List<Batch> batches;
  private final long targets;

  NextTokens(Decoder decoder, BatchLoss loss, List<Batch> batches) {
    this.decoder = decoder;
    this.loss = loss;
    this.batches = batches;
    this.targets = batches.stream().mapToLong(Batch::predictions).sum();
    if (targets == 0) {
      throw new IllegalArgumentException("a step needs at least one token to predict");
    }
  }

  @Override
  public long targets() {
    return targets;
  }

  @Override
  public double addGradient(Tape tape, Draws draws) {
    double sum = 0;
    for (int i = 0; i < batches.size(); i++) {
      tape.dropout(draws.of(i, batches.size()));
      var tokens = loss.load(tape, batches.get(i));
      var output = decoder.forward(tape, tokens); // (rows, width)
      sum += loss.addTo(0, tape, output, 1f / targets);
      tape.backward();
    }
    return sum / targets;
  }
}
