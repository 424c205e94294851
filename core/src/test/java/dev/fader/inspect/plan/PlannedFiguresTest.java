package dev.fader.inspect.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.inspect.count.Catalogue;
import dev.fader.inspect.count.Configurations;
import dev.fader.inspect.count.ParameterCount;
import dev.fader.inspect.count.TuningMethod;
import dev.fader.inspect.machine.Device;
import dev.fader.inspect.machine.Region;
import dev.fader.inspect.plan.TrainingSetup.Optimizer;
import dev.fader.inspect.plan.TrainingSetup.Precision;
import dev.fader.model.ModelConfig;
import dev.fader.model.convert.QuantizationMix;
import dev.fader.model.convert.WeightType;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Plans of published models against numbers that are published, or worked out by hand.
class PlannedFiguresTest {
  private static final WeightType BFLOAT16 = new WeightType.Uniform(DType.BFLOAT16);
  private static final WeightType Q4_K = new WeightType.Uniform(DType.Q4_K);

  private static ModelConfig published(String name) throws IOException {
    return Catalogue.load().find(name).orElseThrow().model().orElseThrow();
  }

  @Test
  void llama3CacheBytesPerToken() throws IOException {
    var config = published("llama-3-8b");
    assertEquals(131_072, RunningMemory.cacheBytesPerToken(config, DType.FLOAT16));
    assertEquals(131_072 * 8192.0, RunningMemory.cacheBytes(config, DType.FLOAT16, 8192));
    assertEquals(131_072 / 16.0 * 8.5, RunningMemory.cacheBytesPerToken(config, DType.Q8_0));
  }

  @Test
  void latentAttentionCachesTheRowsThatAllHeadsShare() throws IOException {
    // 61 layers of a latent of 512 and 64 rotated columns.
    assertEquals(
        61 * (512 + 64) * 2,
        RunningMemory.cacheBytesPerToken(published("deepseek-v3"), DType.FLOAT16));
  }

  @Test
  void windowBoundsCache() throws IOException {
    var config = published("gemma-2-2b");
    double perLayer = 2 * 4 * 256 * 2;
    // A window keeps what it sees, what a pass adds, 256 tokens to be taken back, in whole pages.
    int kept = (4096 + 256 + 256) / 32 * 32 + 32;
    assertEquals(
        perLayer * (13 * kept + 13 * 8192), RunningMemory.cacheBytes(config, DType.FLOAT16, 8192));
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT32, 32",
    "BFLOAT16, 16",
    "Q8_0, 8.5",
    "Q6_K, 6.5625",
    "Q4_K, 4.5",
    "Q2_K, 2.625",
    "MXFP4, 4.25",
    "TQ1_0, 1.6875"
  })
  void bitsPerWeightAreExact(DType type, double bits) {
    assertEquals(bits, RunningMemory.bits(type));
  }

  @Test
  void vectorsStayFloat32BesideBlocks() throws IOException {
    var config = published("llama-3-8b");
    assertEquals(2.0 * 8_030_261_248L, WeightBytes.of(config, BFLOAT16).all());
    var blocks = WeightBytes.of(config, Q4_K);
    assertEquals((8_030_261_248L - 266_240) * 4.5 / 8 + 266_240 * 4, blocks.all());
    assertEquals(4.5, blocks.bitsPerWeight());
  }

  /// The table of llama.cpp, `tools/quantize/README.md`: bits of a weight of its files of Llama 3.1
  /// 8B, which has 64 numbers more.
  @ParameterizedTest
  @CsvSource({
    "Q2_K, 3.1593",
    "Q3_K_S, 3.6429",
    "Q3_K_L, 4.2979",
    "Q4_K_S, 4.6672",
    "Q4_K_M, 4.8944",
    "Q5_K_S, 5.5704",
    "Q5_K_M, 5.7036",
    "Q6_K, 6.5633",
    "Q8_0, 8.5008"
  })
  void mixBytesMatchFile(QuantizationMix mix, double bits) throws IOException {
    var weights = WeightBytes.of(published("llama-3-8b"), new WeightType.Mixed(mix));
    // Its digits, and half a millionth for those numbers.
    assertEquals(bits, weights.bitsPerWeight(), 0.5e-4 + 0.5e-6);
    assertEquals(8 * weights.all() / 8_030_261_248L, weights.bitsPerWeight(), 1e-12);
  }

  @Test
  void tokenPassesChosenExpertsOfMix() throws IOException {
    var config = published("mixtral-8x7b");
    var weights = WeightBytes.of(config, new WeightType.Mixed(QuantizationMix.Q8_0));
    double table = 32_000 * 4096;
    double others = (32 * (2 + 8) + 1) * 4096; // norms and routers
    double matrices = 12_879_925_248.0 - table - others;
    assertEquals(matrices * 8.5 / 8 + 4 * others, weights.passed(), 1);
  }

  @Test
  void longestContextIsExact() throws IOException {
    var config = published("llama-3-8b");
    double memory = 24e9;
    var running = new RunningCount(config, BFLOAT16, DType.FLOAT16, true);
    long longest = running.longestContext(memory);
    assertTrue(longest > 50_000, "longest " + longest);
    var fits = running.memory(longest);
    var more = running.memory(longest + 1);
    assertTrue(fits.total() <= memory && more.total() > memory, fits + " " + more);
    assertEquals(0, running.longestContext(16e9));
  }

  @Test
  void tokenPassesChosenExperts() throws IOException {
    var config = published("mixtral-8x7b");
    double table = 32_000 * 4096;
    assertEquals(2 * (12_879_925_248.0 - table), WeightBytes.of(config, BFLOAT16).passed(), 1);
  }

  @Test
  void forwardFlopsOfGpt2() throws IOException {
    var flops = FlopsPerToken.of(published("gpt-2"), 1024, false);
    assertEquals(291_648_307_200.0, flops.uncausalForward() * 1024);
    assertEquals(12 * 4.0 * 1024 * 1024 * 768, flops.uncausalAttention() * 1024);
    // Queries see 512.5 keys on average and not 1,024.
    assertEquals(flops.uncausalAttention() * 512.5 / 1024, flops.attention());
  }

  @Test
  void unchosenExpertsCostNothing() throws IOException {
    var config = published("mixtral-8x7b");
    double matrices = 12_879_925_248.0 - 2 * 32_000 * 4096 - (2 * 32 + 1) * 4096;
    assertEquals(2 * matrices, FlopsPerToken.of(config, 1, false).layers(), 1e4);
  }

  /// The last column of table 2 of Touvron et al., arXiv:2307.09288: 31.22 t with the mix of their
  /// data centre, and 400 W for each of 184,320 hours.
  @Test
  void energyOfLlama2() {
    var region = new Region("theirs", 423.4);
    var rates =
        new TrainingCost.Rates(8, OptionalDouble.of(400), 1.1, region, OptionalDouble.of(2));
    var cost = TrainingCost.of(184_320, rates);
    assertEquals(73_728, cost.deviceKilowattHours().orElseThrow(), 1e-6);
    assertEquals(1.1 * 73_728, cost.kilowattHours().orElseThrow(), 1e-6);
    assertEquals(23_040, cost.hours());
    assertEquals(368_640, cost.price().orElseThrow());
    var unknown =
        new TrainingCost.Rates(1, OptionalDouble.empty(), 1, region, OptionalDouble.empty());
    assertTrue(TrainingCost.of(1, unknown).kilograms().isEmpty());
  }

  @Test
  void float32MemoryMatchesFader() {
    for (var config : Configurations.all()) {
      var shape = new TrainingShape(3, 1, 7, 1, false, false);
      var setup = new TrainingSetup(Precision.FLOAT32, Optimizer.ADAMW, 1, 0);
      var general = TrainingMemory.of(config, shape, setup);
      var own = MemoryNeed.of(config, shape, OptimizerDemand.adamw(config));
      assertEquals(own.weights(), general.weights());
      assertEquals(own.gradients(), general.gradients());
      assertEquals(OptimizerDemand.adamw(config).bytes(), general.optimizer());
      assertEquals(ActivationMemory.of(config, shape).training(), general.activations());
    }
  }

  /// Figure 1 of Rajbhandari et al.: 7.5 billion parameters on 64 devices.
  @ParameterizedTest
  @CsvSource({"0, 16", "1, 4.1875", "2, 2.21875", "3, 0.25"})
  void zeroStagesShardMemory(int stage, double bytesPerParameter) {
    var config = Configurations.gpt2();
    var shape = new TrainingShape(1, 1, 1, 1, false, false);
    var setup = new TrainingSetup(Precision.MIXED, Optimizer.ADAMW, 64, stage);
    var need = TrainingMemory.of(config, shape, setup);
    double parameters = ParameterCount.of(config).total();
    assertEquals(bytesPerParameter * parameters, need.total() - need.activations(), 1e-6);
  }

  @Test
  void tuningMethodFreezesOtherWeights() throws IOException {
    var config = published("llama-2-7b");
    var shape = new TrainingShape(1, 1, 16, 1, true, false);
    var setup = new TrainingSetup(Precision.MIXED, Optimizer.ADAMW, 1, 0);
    var lora = TuningMethod.parse("lora:r=8");
    var need = TrainingMemory.of(config, shape, setup, lora, Optional.of(Q4_K));
    double trained = 4_194_304;
    assertEquals(WeightBytes.of(config, Q4_K).all() + 2 * trained, need.weights(), 1e-3);
    assertEquals(2 * trained, need.gradients());
    assertEquals(8 * trained, need.optimizer());
    assertEquals(4 * trained, need.copies());
  }

  @Test
  void optimumHasLeastLoss() {
    for (var law : ScalingLaw.all()) {
      double flops = 5.76e23;
      var best = law.optimum(flops);
      assertEquals(flops, 6 * best.parameters() * best.tokens(), 1e-9 * flops);
      double least = law.loss(best.parameters(), best.tokens());
      for (double factor : new double[] {0.9, 1.1}) {
        double size = best.parameters() * factor;
        assertTrue(law.loss(size, flops / 6 / size) > least, law.name());
      }
      assertEquals(best.tokens(), law.tokensFor(best.parameters()), 1e-9 * best.tokens());
    }
    // Chinchilla itself: 70 billion parameters on 1.4 trillion tokens.
    var chinchilla = ScalingLaw.REFITTED.optimum(5.76e23);
    assertEquals(70e9, chinchilla.parameters(), 0.05 * 70e9);
  }

  @Test
  void devicesAndRegionsHaveNamesAndSources() {
    var names = new HashSet<String>();
    for (var device : Device.all()) {
      assertTrue(names.add(device.name()), device.name());
      assertTrue(device.flopsPerSecond() > 1e11 && device.bytesPerSecond() > 1e10, device.name());
      assertTrue(device.memoryBytes() >= 16e9 && !device.source().isBlank(), device.name());
    }
    assertEquals("world", Region.all().getFirst().name());
  }
}
