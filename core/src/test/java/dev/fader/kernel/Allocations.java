package dev.fader.kernel;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// Counts the bytes that this thread and the workers allocate.
public final class Allocations {
  private Allocations() {}

  /// The bytes of one call on average over `calls`. Until the compiler is done, every vector is an
  /// object: many rounds, the best counts, and `enough` ends them.
  public static long leastBytes(int calls, long enough, Runnable call) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long[] counted = counted();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20_000 && least > enough; round++) {
      long before = bytes(threads, counted);
      for (int i = 0; i < calls; i++) {
        call.run();
      }
      least = Math.min(least, (bytes(threads, counted) - before) / calls);
    }
    return least;
  }

  private static long[] counted() {
    var self = Thread.currentThread();
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread == self || thread.getName().startsWith("fader-worker"))
        .mapToLong(Thread::threadId)
        .toArray();
  }

  private static long bytes(ThreadMXBean threads, long[] counted) {
    long sum = 0;
    for (long id : counted) {
      sum += threads.getThreadAllocatedBytes(id);
    }
    return sum;
  }
}
