package dev.fader.grad;

import java.util.List;
import java.util.function.UnaryOperator;

/// Gradient checkpointing: only the input of a layer is kept, and backward runs the layer again.
/// Less memory for a third more arithmetic (Chen et al. 2016, arXiv:1604.06174).
final class RecomputedOperation implements Operation {
  private final Variable x;
  private final UnaryOperator<Variable> layer;
  private final Variable y;
  private final int dropoutSite;

  RecomputedOperation(Tape tape, Variable x, UnaryOperator<Variable> layer) {
    this.x = x;
    this.layer = layer;
    this.dropoutSite = tape.dropoutSite();
    this.y = tape.withoutRecording(x, layer);
  }

  /// The layer ran when this was made, on the tape it was given.
  @Override
  public void forward(Tape tape) {}

  @Override
  public void backward(Tape tape) {
    tape.throwIfStopped();
    int later = tape.dropoutSite();
    tape.dropoutSite(dropoutSite);
    int unowned = tape.unowned();
    List<Operation> operations = tape.recordApart(() -> layer.apply(x).shareGradientOf(y));
    tape.dropoutSite(later);
    tape.playBack(operations);
    tape.releaseUnowned(unowned);
  }

  @Override
  public void countBackward(Tape tape) {
    backward(tape);
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(x);
  }
}
