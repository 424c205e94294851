package dev.fader.inspect.machine;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.TensorMemory;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/// The measured speed of the two operations that bound training, with the kernels used for
/// training.
///
/// @param flopsPerSecond of a matrix product large enough for full speed
/// @param bytesPerSecond read and written by a vector addition too large for the caches
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public record MachineSpeed(double flopsPerSecond, double bytesPerSecond) {
  /// 100 GFLOP/s and 10 GB/s, for what does not depend on the speed.
  public static final MachineSpeed ASSUMED = new MachineSpeed(1e11, 1e10);

  private static final int SIDE = 768;
  private static final int VECTOR = 1 << 22; // 16 MB each of three
  private static final double SECOND = 1e9;

  /// The JIT compiler needs about a second; until then kernels run at a tenth of their speed.
  private static final double LEAST_SECONDS = 1;

  private static final double MOST_SECONDS = 3;

  /// A limit in elapsed time, for machines that are busy with other programs.
  private static final double MOST_SECONDS_BY_THE_CLOCK = 8;

  /// The measurement ends after this long without an improvement by this factor.
  private static final double PATIENCE = 0.3;

  private static final double FASTER = 0.97;

  /// Measures for one to three seconds each, long enough for JIT compilation. Time is CPU time of
  /// this thread, so that other programs do not delay warm-up relative to the limit. The fastest
  /// repetition counts.
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

  /// Seconds of the fastest repetition, repeated until it no longer improves.
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

  /// CPU time of this thread in nanoseconds; elapsed time if the JVM cannot tell.
  private static long worked(ThreadMXBean threads) {
    return threads.isCurrentThreadCpuTimeSupported()
        ? threads.getCurrentThreadCpuTime()
        : System.nanoTime();
  }
}
