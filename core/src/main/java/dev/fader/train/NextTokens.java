package dev.fader.train;

import dev.fader.data.Batch;
import dev.fader.grad.ExpertBalance;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.Decoder;
import java.util.List;
import java.util.Optional;

/// The cross-entropy of the next token, over all targets of some batches, as if all their sequences
/// were one batch.
final class NextTokens implements Objective {
  private final Decoder decoder;
  private final BatchLoss loss;
  private final List<Batch> batches;
  private final Optional<SparsityPenalty> penalty;
  private final long targets;

  /// @param penalty that the decoder asks
  NextTokens(
      Decoder decoder, BatchLoss loss, List<Batch> batches, Optional<SparsityPenalty> penalty) {
    this.decoder = decoder;
    this.penalty = penalty;
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
    penalty.ifPresent(zeros -> zeros.expect(rows()));
    tape.balance().ifPresent(balance -> prepare(balance, tape, draws));
    double sum = 0;
    for (int i = 0; i < batches.size(); i++) {
      var output = forward(tape, i, draws);
      sum += loss.addTo(0, tape, output, 1f / targets);
      tape.backward();
    }
    return sum / targets;
  }

  private Variable forward(Tape tape, int batch, Draws draws) { // (rows, width)
    tape.dropout(draws.of(batch, batches.size()));
    return decoder.forward(tape, loss.load(tape, batches.get(batch)));
  }

  private long rows() {
    return batches.stream().mapToLong(loss::countedRows).sum();
  }

  /// The gradient of a balance that is one over all batches must know the last before the first: so
  /// they are run once more, for a third of the work of a step.
  private void prepare(ExpertBalance balance, Tape tape, Draws draws) {
    balance.expect(rows());
    if (balance.needsAllBatches() && batches.size() > 1) {
      for (int i = 0; i < batches.size(); i++) {
        forward(tape, i, draws);
        tape.clear();
      }
      balance.complete();
    }
  }
}
