package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputLockTest {
  @TempDir private Path folder;

  private Path out() {
    return folder.resolve("out");
  }

  private String refusal() {
    var free = assertThrows(TrainingException.class, () -> OutputLock.requireFree(out()));
    var taken = assertThrows(TrainingException.class, () -> OutputLock.of(out()));
    assertEquals(free.getMessage(), taken.getMessage());
    return String.valueOf(taken.getMessage());
  }

  @Test
  void secondRunInProcessIsRefused() throws IOException {
    try (var _ = OutputLock.of(out())) {
      for (int i = 0; i < 3; i++) {
        assertTrue(
            refusal()
                .matches(
                    "\\Q%s\\E is in use: this process, %d, started \\d{4}-\\d\\d-\\d\\d [\\d:]{8} trains there; wait for its end, stop it, or choose another `output`"
                        .formatted(out(), ProcessHandle.current().pid())),
            this::refusal);
      }
    }
    OutputLock.of(out()).close();
  }

  @Test
  void releasedLockLeavesNoFiles() throws IOException {
    OutputLock.of(out()).close();
    assertFalse(Files.exists(out()));
    Files.createDirectory(out());
    OutputLock.requireFree(out());
    OutputLock.of(out()).close();
    assertTrue(Files.isDirectory(out()), "it was there before");
    try (var entries = Files.list(out())) {
      assertEquals(List.of(), entries.toList());
    }
  }

  /// Not for root, who may write everywhere.
  @Test
  void unwritableDirectoryIsNamed() throws IOException {
    Files.createDirectory(out());
    assumeTrue(out().toFile().setWritable(false) && !Files.isWritable(out()), "this is root");
    try {
      assertEquals(
          "you may not write to %s: choose another `output`, or make it yours to write"
              .formatted(out()),
          assertThrows(TrainingException.class, () -> OutputLock.of(out())).getMessage());
    } finally {
      assertTrue(out().toFile().setWritable(true));
    }
  }

  /// The second time the directory may be another's.
  @Test
  void closeTwiceKeepsOtherLock() throws IOException {
    var first = OutputLock.of(out());
    first.close();
    try (var _ = OutputLock.of(out())) {
      first.close();
      assertTrue(Files.exists(out().resolve(".run.lock")), "the lock of the second is there");
      assertTrue(refusal().contains("this process"), this::refusal);
    }
  }

  /// This process being refused must not take the other's lock away, and a process that is killed
  /// leaves none, though its files are there.
  @Test
  void lockEndsWithItsProcess() throws Exception {
    var process = KilledRunTest.java(Holder.class, out().toString());
    try {
      assertEquals('!', process.getInputStream().read(), "it has the lock");
      for (int i = 0; i < 2; i++) {
        assertTrue(
            refusal()
                .startsWith("%s is in use: process %d, started ".formatted(out(), process.pid())),
            this::refusal);
      }
    } finally {
      process.destroyForcibly();
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the process is gone");
    }
    assertTrue(Files.exists(out().resolve(".run.lock")), "a killed process tidies nothing up");
    assertDoesNotThrow(() -> OutputLock.requireFree(out()));
    OutputLock.of(out()).close();
  }

  /// Who has it is only told; a file that says something else locks nothing.
  @Test
  void holderFileAloneIsNoLock() throws IOException {
    Files.createDirectory(out());
    for (var text : List.of("", "1 2 3", "x y", "99999999999999999999 1", "1".repeat(1000))) {
      Files.writeString(out().resolve(".run.process"), text);
      OutputLock.of(out()).close();
    }
  }

  /// Takes the directory and keeps it until it is killed.
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws Exception {
      try (var _ = OutputLock.of(Path.of(arguments[0]))) {
        System.out.write('!');
        System.out.flush();
        Thread.sleep(60_000);
      }
    }
  }
}
