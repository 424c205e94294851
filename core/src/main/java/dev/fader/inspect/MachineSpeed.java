package dev.fader.inspect;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.Matrix;
import dev.fader.tensor.TensorMemory;

/// How fast the machine is at the two things that bound training, measured with the kernels that
/// train.
///
/// @param flopsPerSecond of a product of two matrices that are large enough to be as fast as they
///   get
/// @param bytesPerSecond read and written by an addition of vectors that fit no cache
public record MachineSpeed(double flopsPerSecond, double bytesPerSecond) {
  private static final int SIDE = 768;
  private static final int VECTOR = 1 << 22; // 16 MB each of three
  private static final long NANOSECONDS_EACH = 80_000_000;
  private static final double SECOND = 1e9;

  /// Measures for about a fifth of a second. The best of the repetitions counts: whatever else runs
  /// only slows.
  public static MachineSpeed measure(Kernels kernels, TensorMemory memory) {
    try (var arena = memory.open("speed measurement")) {
      var a = Matrix.of(arena.floats(SIDE, SIDE));
      var b = Matrix.of(arena.floats(SIDE, SIDE));
      var c = Matrix.of(arena.floats(SIDE, SIDE));
      double product = fastest(() -> kernels.multiply(a, b, c));
      var x = Matrix.of(arena.floats(1024, VECTOR / 1024));
      var y = Matrix.of(arena.floats(1024, VECTOR / 1024));
      var sum = Matrix.of(arena.floats(1024, VECTOR / 1024));
      double addition = fastest(() -> kernels.add(x, y, sum));
      return new MachineSpeed(
          2.0 * SIDE * SIDE * SIDE / product, 3.0 * VECTOR * Float.BYTES / addition);
    }
  }

  /// Seconds of the fastest of the repetitions that fit the time, at least two: the first one warms
  /// up.
  private static double fastest(Runnable work) {
    long start = System.nanoTime();
    long best = Long.MAX_VALUE;
    int repetitions = 0;
    while (repetitions < 2 || System.nanoTime() - start < NANOSECONDS_EACH) {
      long before = System.nanoTime();
      work.run();
      best = Math.min(best, System.nanoTime() - before);
      repetitions++;
    }
    return best / SECOND;
  }
}
