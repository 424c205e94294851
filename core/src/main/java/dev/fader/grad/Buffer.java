package dev.fader.grad;

import dev.fader.tensor.Tensor;

/// Memory of a [Workspace] with a count of the variables that use it.
final class Buffer {
  private final Tensor tensor;
  private int users = 1;

  Buffer(Tensor tensor) {
    this.tensor = tensor;
  }

  Tensor tensor() {
    return tensor;
  }

  Buffer share() {
    users++;
    return this;
  }

  boolean shared() {
    return users > 1;
  }

  /// One user less; true if that was the last.
  boolean leave() {
    if (users == 0) {
      throw new IllegalStateException("a buffer of " + tensor + " was given back twice");
    }
    return --users == 0;
  }
}
