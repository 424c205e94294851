package dev.fader.grad;

import dev.fader.tensor.Tensor;
import java.util.function.Consumer;

/// Shows `x` to an observer and leaves it as it is.
record ObserveOperation(Variable x, Consumer<Tensor> observer) implements Operation.InPlace {
  @Override
  public void forward(Tape tape) {
    observer.accept(x.value());
  }

  @Override
  public void backward(Tape tape) {}

  @Override
  public void countBackward(Tape tape) {}
}
