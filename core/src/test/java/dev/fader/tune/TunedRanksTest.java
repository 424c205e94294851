package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.model.Golden;
import dev.fader.model.adapter.AdaLoraMethod;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.LearnedWhole;
import dev.fader.model.adapter.ModuleSelection;
import dev.fader.model.adapter.Origin;
import dev.fader.model.adapter.Targets;
import dev.fader.train.RankThreads;
import dev.fader.train.Sharding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Adapters that ranks tune together, against those of one process.
class TunedRanksTest {
  private static final Path MODEL = Golden.directory("models/llama");
  private static final long STEPS = 10;

  @TempDir Path folder;

  private TunedRun run(String name) {
    return new TunedRun(MODEL, folder.resolve(name), STEPS, STEPS);
  }

  private byte[] adapter(String name) throws Exception {
    return Files.readAllBytes(folder.resolve(name).resolve("adapter_model.safetensors"));
  }

  @ParameterizedTest
  @EnumSource
  void ranksTuneTheSameAdapter(Sharding sharding) throws Exception {
    run("alone").goOn();
    RankThreads.all(2, sharding, ranks -> run("together").goOn(TunedRun.adapter(), STEPS, ranks));
    assertArrayEquals(adapter("alone"), adapter("together"));
  }

  private static AdapterConfig adaptive() {
    return new AdapterConfig(
        AdaLoraMethod.of(2, 3, 8, 0.1f),
        Targets.of(new ModuleSelection.AllLinear()),
        LearnedWhole.NOTHING,
        Origin.of("tiny"));
  }

  @Test
  void ranksOfTripletsAreAllotedAlike() throws Exception {
    run("alone").goOn(adaptive(), STEPS);
    RankThreads.all(2, Sharding.NONE, ranks -> run("together").goOn(adaptive(), STEPS, ranks));
    assertArrayEquals(adapter("alone"), adapter("together"));
  }

  @Test
  void adaLoraWithSharesOfGradientsIsRefused() throws Exception {
    var ends =
        RankThreads.futures(
            2, Sharding.OPTIMIZER, ranks -> run("together").goOn(adaptive(), STEPS, ranks));
    var refused = assertThrows(ExecutionException.class, () -> ends.getFirst().get());
    assertEquals(
        "AdaLoRA looks at all gradients, of which each rank would have its share: choose `zero` 0, or another method",
        refused.getCause().getMessage());
  }
}
