package dev.fader.kernel;

import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.vector.VectorWidth;
import java.util.List;

/// The kernels that every test of a kernel runs on.
public enum KernelsUnderTest {
  /// The reference.
  SCALAR,
  /// What this process chose: vectors, or again the reference.
  CHOSEN;

  /// Both, but where the width of the vectors is given: `verify` runs the tests without it too, and
  /// the reference, which knows of no width, had its turn there.
  public static List<KernelsUnderTest> ofThisRun() {
    return System.getProperty(VectorWidth.PROPERTY) == null
        ? List.of(SCALAR, CHOSEN)
        : List.of(CHOSEN);
  }

  /// The kernels of [#ofThisRun()].
  public static List<Kernels> ofThisRun(Workers workers) {
    return ofThisRun().stream().map(under -> under.kernels(workers)).toList();
  }

  public Kernels kernels(Workers workers) {
    return switch (this) {
      case SCALAR -> Kernels.scalar(workers);
      case CHOSEN -> Kernels.choose(workers);
    };
  }
}
