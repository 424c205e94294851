package dev.fader.kernel;

import dev.fader.kernel.parallel.Workers;

/// The kernels that every test of a kernel runs on.
public enum KernelsUnderTest {
  /// The reference.
  SCALAR,
  /// What this process chose: vectors, or again the reference.
  CHOSEN;

  public Kernels kernels(Workers workers) {
    return switch (this) {
      case SCALAR -> Kernels.scalar(workers);
      case CHOSEN -> Kernels.choose(workers);
    };
  }
}
