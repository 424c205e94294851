package dev.fader.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// The processor's time that this thread has had: what other programs take does not count.
final class ThreadTime {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private ThreadTime() {}

  static long nanos() {
    return THREADS.getCurrentThreadCpuTime();
  }
}
