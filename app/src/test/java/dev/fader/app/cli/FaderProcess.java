package dev.fader.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The program in a process of its own.
final class FaderProcess {
  private FaderProcess() {}

  /// Starts it with these flags of the JVM.
  static List<String> command(List<String> flags, List<String> arguments) {
    return Stream.of(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m"),
            flags,
            CommandLineRun.program(),
            arguments)
        .flatMap(List::stream)
        .toList();
  }

  /// Fails if it runs for another minute.
  static void awaitEnd(Process process) throws InterruptedException {
    boolean ended = process.waitFor(1, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly();
    }
    assertTrue(ended, "it hangs");
  }

  static void interrupt(Process process) throws IOException, InterruptedException {
    signal("INT", process);
  }

  /// It is there as before, and does nothing.
  static void stop(Process process) throws IOException, InterruptedException {
    signal("STOP", process);
  }

  private static void signal(String name, Process process)
      throws IOException, InterruptedException {
    var kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertEquals(0, kill.waitFor());
  }

  /// A shell starts what runs in the background with interrupts ignored, and the JVM keeps to that.
  static void assumeInterruptsArrive() throws IOException {
    var status = Path.of("/proc/self/status");
    if (Files.exists(status)) {
      for (var line : Files.readAllLines(status)) {
        boolean ignored =
            line.startsWith("SigIgn:")
                && (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0;
        assumeFalse(ignored, "this process was started with interrupts ignored");
      }
    }
  }
}
