package dev.fader.kernel;

/// The kernels that every test of a kernel runs on.
enum TierUnderTest {
  /// The reference.
  SCALAR,
  /// What this process chose: vectors, or again the reference.
  CHOSEN;

  Kernels kernels(Workers workers) {
    return switch (this) {
      case SCALAR -> Kernels.scalar(workers);
      case CHOSEN -> Kernels.choose(workers);
    };
  }
}
