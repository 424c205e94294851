package dev.fader.grad;

/// Leaves `x` as it is, and runs a task when a pass comes by, forwards and backwards.
record PassOperation(Variable x, Runnable forwards, Runnable backwards)
    implements Operation.InPlace {
  @Override
  public void forward(Tape tape) {
    forwards.run();
  }

  @Override
  public void backward(Tape tape) {
    backwards.run();
  }

  @Override
  public void countBackward(Tape tape) {}
}
