package dev.fader.grad;

/// Something a tape has done and can play backwards.
interface Operation {
  /// Adds to the gradients of the inputs what the gradients of the results say.
  void backward(Tape tape);

  /// Gives the memory back that only this operation used, its results included.
  void release(Workspace workspace);
}
