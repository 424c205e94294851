package dev.fader.grad;

import dev.fader.tensor.Tensor;

/// Memory of a [Workspace] with a count of the variables that use it.
final class Buffer {
  private final Tensor memory;
  private final Tensor tensor;
  private int users = 1;

  /// Memory that nothing shares.
  Buffer(Tensor tensor) {
    this(tensor, tensor);
  }

  /// `tensor`, which is all of `memory` or its first part.
  Buffer(Tensor memory, Tensor tensor) {
    this.memory = memory;
    this.tensor = tensor;
  }

  Tensor memory() {
    return memory;
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
