package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.model.Golden;
import dev.fader.model.adapter.AdaLoraMethod;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.AdapterMethod;
import dev.fader.model.adapter.LearnedWhole;
import dev.fader.model.adapter.LoraInit;
import dev.fader.model.adapter.LoraMethod;
import dev.fader.model.adapter.ModuleSelection;
import dev.fader.model.adapter.Origin;
import dev.fader.model.adapter.PromptMethod;
import dev.fader.model.adapter.Targets;
import dev.fader.train.KilledRunTest;
import dev.fader.train.TrainingEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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

  /// Adapters that learn from more than their file has.
  static List<AdapterMethod> more() {
    var lora = LoraMethod.of(2, 4);
    return List.of(
        new LoraMethod(lora.ranks(), lora.variant(), LoraInit.PISSA, List.of()),
        AdaLoraMethod.of(2, 3, 8, 0.1f),
        new PromptMethod(
            3, PromptMethod.Begin.RANDOM, Optional.of(new PromptMethod.Encoder(false, 8, 2, 0))));
  }

  @ParameterizedTest
  @MethodSource("more")
  void aStoppedRunGoesOnToSameBits(AdapterMethod method) throws IOException {
    var targets =
        method instanceof PromptMethod
            ? new ModuleSelection.Usual()
            : ModuleSelection.of("q_proj,down_proj");
    var adapter =
        new AdapterConfig(
            method, Targets.of(targets), LearnedWhole.NOTHING, Origin.of("models/llama"));
    Path model = Golden.directory("models/llama");
    var undisturbed = new TunedRun(model, folder.resolve("undisturbed"), 10, 10);
    undisturbed.goOn(adapter, Long.MAX_VALUE);
    var stopped = new TunedRun(model, folder.resolve("stopped"), 10, 10);
    assertEquals(TrainingEvent.Ending.STOPPED, stopped.goOn(adapter, 5).ending());
    assertEquals(TrainingEvent.Ending.COMPLETED, stopped.goOn(adapter, Long.MAX_VALUE).ending());
    for (var file : new String[] {"adapter_model.safetensors", "adapter_config.json"}) {
      assertArrayEquals(
          Files.readAllBytes(undisturbed.out().resolve(file)),
          Files.readAllBytes(stopped.out().resolve(file)),
          file);
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
