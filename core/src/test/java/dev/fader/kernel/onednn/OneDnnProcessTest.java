package dev.fader.kernel.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.train.KilledRunTest;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// What a process must survive though oneDNN is in it; skipped where it is not installed.
@EnabledOnOs(OS.LINUX)
class OneDnnProcessTest {
  /// A round has 10,000 calls and 50 kernels. Of the calls a lost pointer each would be 80 KB; a
  /// kernel is some 50 KB.
  private static final long GROWTH = 400_000;

  @Test
  void signalsAreJavasAndNoMemoryGrows() throws Exception {
    var search = OneDnn.find();
    assumeTrue(search.library().isPresent(), () -> "skipped: " + search.reason());
    var process = KilledRunTest.java(OneDnnProcess.class);
    var told = new ArrayList<String>();
    try (var lines = process.inputReader()) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        told.add(line);
        if (line.equals("waits")) {
          process.toHandle().destroy(); // SIGTERM; Ctrl-C goes the same way
        }
      }
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it hangs");
    } finally {
      process.destroyForcibly();
    }
    assertEquals(6, told.size(), told.toString());
    assertEquals("null pointers: 1000", told.get(0));
    assertEquals("overflows: true", told.get(1));
    assertEquals("same product: true", told.get(2));
    long growth = Long.parseLong(told.get(3).replaceAll("growth: ", ""));
    assertTrue(growth < GROWTH, growth + " bytes a round");
    assertEquals("waits", told.get(4));
    assertEquals("hooks run", told.get(5));
    assertEquals(143, process.exitValue()); // 128 and the signal
  }
}
