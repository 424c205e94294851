package dev.fader.kernel;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// Counts the bytes that this thread allocates.
public final class Allocations {
  private Allocations() {}

  /// The bytes of one call on average over `calls`. Until the compiler is done, every vector is an
  /// object: many rounds, the best counts, and `enough` ends them.
  public static long leastBytes(int calls, long enough, Runnable call) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20_000 && least > enough; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < calls; i++) {
        call.run();
      }
      least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / calls);
    }
    return least;
  }
}
