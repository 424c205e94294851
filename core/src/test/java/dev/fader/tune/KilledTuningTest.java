package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.model.Golden;
import dev.fader.train.KilledRunTest;
import dev.fader.train.TrainingEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tuning that is killed without a warning (`kill -9`): twice, or as often as `-Dfader.kills=100`
/// says.
class KilledTuningTest {
  private static final long SEED = 12;
  private static final int KILLS = Integer.getInteger("fader.kills", 2);
  private static final long STEPS = 60L * KILLS;

  @TempDir private Path folder;

  @Test
  void killedTuningResumesToSameBits() throws Exception {
    Path model = Golden.directory("models/llama");
    var undisturbed = new TunedRun(model, folder.resolve("undisturbed"), STEPS, STEPS);
    undisturbed.goOn();
    var killed = new TunedRun(model, folder.resolve("killed"), STEPS, 1);
    var random = new Random(SEED);
    long step = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      kill(killed, step, random.nextInt(100));
      long reached = killed.newest();
      assertTrue(reached > step, "it went on from " + step + " and reached " + reached);
      step = reached;
    }
    assertTrue(step < STEPS, "it was still running when it was killed, at " + step);
    assertEquals(TrainingEvent.Ending.COMPLETED, killed.goOn().ending());
    for (var file : new String[] {"adapter_model.safetensors", "adapter_config.json"}) {
      assertArrayEquals(
          Files.readAllBytes(undisturbed.out().resolve(file)),
          Files.readAllBytes(killed.out().resolve(file)),
          file + ", seed " + SEED);
    }
  }

  /// Starts the process, waits for a checkpoint after `step` and a while, and kills it.
  private static void kill(TunedRun run, long step, long milliseconds) throws Exception {
    var process =
        KilledRunTest.java(
            TunedRun.class, run.model().toString(), run.out().toString(), Long.toString(STEPS));
    try {
      while (run.newest() <= step && process.isAlive()) {
        Thread.sleep(1);
      }
      Thread.sleep(milliseconds);
    } finally {
      process.destroyForcibly();
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the process is gone");
    }
  }
}
