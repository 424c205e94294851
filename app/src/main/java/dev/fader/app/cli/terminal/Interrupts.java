package dev.fader.app.cli.terminal;

import java.util.concurrent.atomic.AtomicInteger;
import org.jline.utils.Signals;

/// Ctrl-C: the first asks the work to end in order, the second ends the program at once.
public final class Interrupts implements AutoCloseable {
  /// 128 and the number of SIGINT, as shells have it.
  public static final int EXIT_CODE = 130;

  private final String signal;
  private final AtomicInteger count = new AtomicInteger();
  private final Object before;

  public Interrupts(Runnable first) {
    this("INT", first);
  }

  private Interrupts(String signal, Runnable first) {
    this.signal = signal;
    before =
        Signals.register(
            signal,
            () -> {
              if (count.incrementAndGet() == 1) {
                first.run();
              } else {
                Runtime.getRuntime().halt(EXIT_CODE);
              }
            });
  }

  /// The same for SIGTERM, by which systems end programs.
  public static Interrupts ofTermination(Runnable first) {
    return new Interrupts("TERM", first);
  }

  @Override
  public void close() {
    Signals.unregister(signal, before);
  }
}
