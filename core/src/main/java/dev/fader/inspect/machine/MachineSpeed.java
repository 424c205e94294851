package dev.fader.inspect.machine;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.TensorMemory;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/// How fast the machine is at the two things that bound training, measured with the kernels that
/// train.
///
/// @param flopsPerSecond of a product of two matrices that are large enough to be as fast as they
///   get
/// @param bytesPerSecond read and written by an addition of vectors that fit no cache
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public record MachineSpeed(double flopsPerSecond, double bytesPerSecond) {
  private static final int SIDE = 768;
  private static final int VECTOR = 1 << 22; // 16 MB each of three
  private static final double SECOND = 1e9;

  /// The compiler needs about a second for the kernels, in which they run at a tenth of their rate.
  private static final double LEAST_SECONDS = 1;

  private static final double MOST_SECONDS = 3;

  /// What other programs leave of a busy machine is little: then the same takes longer by the
  /// clock.
  private static final double MOST_SECONDS_BY_THE_CLOCK = 8;

  /// How long nothing may get faster before the measurement ends, and by how much it must to count.
  private static final double PATIENCE = 0.3;

  private static final double FASTER = 0.97;

  /// Measures for one to three seconds each, the time that the kernels need to be compiled;
  /// training after it needs them, too. They are seconds of this thread on a processor, as a
  /// machine that others keep busy would be judged by code that is not compiled yet. The best of
  /// the repetitions counts: whatever else runs only slows.
  public static MachineSpeed measure(Kernels kernels, TensorMemory memory) {
    try (var arena = memory.open("speed measurement")) {
      var a = Matrix.of(arena.floats(SIDE, SIDE));
      var b = Matrix.of(arena.floats(SIDE, SIDE));
      var c = Matrix.of(arena.floats(SIDE, SIDE));
      double product = fastest(() -> kernels.product().multiply(a, b, c));
      var x = Matrix.of(arena.floats(1024, VECTOR / 1024));
      var y = Matrix.of(arena.floats(1024, VECTOR / 1024));
      var sum = Matrix.of(arena.floats(1024, VECTOR / 1024));
      double addition = fastest(() -> kernels.elementwise().add(x, y, sum));
      return new MachineSpeed(
          2.0 * SIDE * SIDE * SIDE / product, 3.0 * VECTOR * Float.BYTES / addition);
    }
  }

  /// Seconds of the fastest repetition, once repetitions have stopped getting faster.
  private static double fastest(Runnable work) {
    var threads = ManagementFactory.getThreadMXBean();
    long start = System.nanoTime();
    long startOfWork = worked(threads);
    double best = Double.POSITIVE_INFINITY;
    double improvedAt = 0;
    double now = 0;
    double byTheClock = 0;
    while (byTheClock < MOST_SECONDS_BY_THE_CLOCK
        && (now < LEAST_SECONDS || now < Math.min(MOST_SECONDS, improvedAt + PATIENCE))) {
      long before = System.nanoTime();
      work.run();
      long after = System.nanoTime();
      double seconds = (after - before) / SECOND;
      byTheClock = (after - start) / SECOND;
      now = (worked(threads) - startOfWork) / SECOND;
      if (seconds < FASTER * best) {
        improvedAt = now;
      }
      best = Math.min(best, seconds);
    }
    return best;
  }

  /// Nanoseconds that this thread has had a processor; by the clock where the JVM cannot say.
  private static long worked(ThreadMXBean threads) {
    return threads.isCurrentThreadCpuTimeSupported()
        ? threads.getCurrentThreadCpuTime()
        : System.nanoTime();
  }
}
