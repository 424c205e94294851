package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.format.TensorFile;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.option.EngineChoice;
import dev.fader.kernel.option.Precision;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.row.Activation;
import dev.fader.tensor.Shape;
import dev.fader.train.OptimizerConfig.Method;
import dev.fader.train.TrainingEvent.Ending;
import dev.fader.train.TrainingEvent.Started;
import dev.fader.train.recipe.Architecture;
import dev.fader.train.recipe.ExpertSize;
import dev.fader.train.recipe.ModelSize;
import dev.fader.train.recipe.RouterKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResumedRunTest {
  private static final TrainingBudget STEPS = new TrainingBudget.Steps(17);
  private static final TrainingRun.Beginning NEW =
      new TrainingRun.Beginning.New(Optional.empty(), false);

  @TempDir private Path folder;

  private TinyRun tiny(String name) throws IOException {
    return new TinyRun(Files.createDirectory(folder.resolve(name)), STEPS);
  }

  @ParameterizedTest
  @EnumSource
  void resumedRunGivesSameBits(Method method) throws IOException {
    resumedIsUndisturbed(method, false);
  }

  @ParameterizedTest
  @EnumSource
  void resumedRunWithVectorsGivesSameBits(Method method) throws IOException {
    resumedIsUndisturbed(method, true);
  }

  private void resumedIsUndisturbed(Method method, boolean vectors) throws IOException {
    var undisturbed = tiny("undisturbed");
    undisturbed.vectors = vectors;
    undisturbed.config = TinyRun.config(STEPS, 5e-3, method);
    undisturbed.begin();
    var stopped = tiny("stopped");
    stopped.vectors = vectors;
    stopped.config = undisturbed.config;
    assertEquals(Ending.STOPPED, stopped.run(NEW, 7).ending());
    assertEquals(7, stopped.losses(0).size());
    stopped.resume();
    assertEquals(undisturbed.losses(0), stopped.losses(0));
    assertArrayEquals(undisturbed.weights(), stopped.weights());
  }

  /// The bias of a router is no moment of the optimizer, and moves with each step.
  @Test
  void resumedExpertsAreBalancedAsBefore() throws IOException {
    var experts = new ExpertSize(4, 2, 1, 8, 0, RouterKind.SIGMOID);
    int vocabulary = TinyRun.BYTES.vocabularySize();
    var size = new ModelSize(vocabulary, 33, 16, 2, 1, 2, 2, 24, 0, true, 0, Optional.of(experts));
    var undisturbed = tiny("undisturbed");
    undisturbed.model = Architecture.DEEPSEEK.config(size);
    undisturbed.config =
        undisturbed.config.with(new Balancing(Balancing.Method.BIAS, 0.01, 0, 0.01));
    undisturbed.begin();
    var stopped = tiny("stopped");
    stopped.model = undisturbed.model;
    stopped.config = undisturbed.config;
    stopped.run(NEW, 7);
    stopped.resume();
    assertEquals(undisturbed.losses(0), stopped.losses(0));
    assertArrayEquals(undisturbed.weights(), stopped.weights());
    try (var tensors = TensorFile.open(stopped.out().resolve("model.safetensors"))) {
      var bias = tensors.tensor("model.layers.1.mlp.gate.e_score_correction_bias").toArray();
      assertNotEquals(0, bias[0]);
    }
  }

  /// Files of OPT hold the two matrices of a factorised embedding, and not their product.
  @Test
  void resumedFactorsGiveSameBits() throws IOException {
    int vocabulary = TinyRun.BYTES.vocabularySize();
    var size = new ModelSize(vocabulary, 33, 16, 2, 1, 2, 2, 24, 0, true, 5, Optional.empty());
    var undisturbed = tiny("undisturbed");
    undisturbed.model = Architecture.OPT.config(size);
    undisturbed.config = TinyRun.config(STEPS, 5e-3, Method.MUON);
    undisturbed.begin();
    var stopped = tiny("stopped");
    stopped.model = undisturbed.model;
    stopped.config = undisturbed.config;
    stopped.run(NEW, 7);
    stopped.resume();
    assertEquals(undisturbed.losses(0), stopped.losses(0));
    assertArrayEquals(undisturbed.weights(), stopped.weights());
    try (var tensors = TensorFile.open(stopped.out().resolve("model.safetensors"))) {
      assertEquals(Shape.of(16, 5), tensors.get("model.decoder.project_in.weight").shape());
      assertEquals(Shape.of(5, 16), tensors.get("model.decoder.project_out.weight").shape());
    }
  }

  /// What the loss for zeros rises to depends on the step alone.
  @Test
  void resumedRunWithALossForZerosGivesSameBits() throws IOException {
    var undisturbed = tiny("undisturbed");
    undisturbed.model =
        undisturbed.model.withFeedForward(
            undisturbed.model.feedForward().withActivation(Activation.DOUBLE_RELU, true));
    undisturbed.config = undisturbed.config.with(new SparsityLoss(2));
    undisturbed.begin();
    var stopped = tiny("stopped");
    stopped.model = undisturbed.model;
    stopped.config = undisturbed.config;
    stopped.run(NEW, 7);
    stopped.resume();
    assertEquals(undisturbed.losses(0), stopped.losses(0));
    assertArrayEquals(undisturbed.weights(), stopped.weights());
    var without = tiny("without");
    without.model = undisturbed.model;
    without.begin();
    assertNotEquals(without.losses(0).getLast(), stopped.losses(0).getLast());
  }

  @Test
  void changedArithmeticIsReported() throws IOException {
    try (var workers = Workers.of(1)) {
      var vectors = Kernels.choose(workers).arithmetic();
      assumeFalse(vectors.equals("scalar kernels"), "skipped: this process has no vectors");
      var tiny = tiny("run");
      tiny.run(NEW, 7);
      tiny.events.clear();
      tiny.vectors = true;
      tiny.run(new TrainingRun.Beginning.Resumed(), 9);
      var changed = (Started) tiny.events.getFirst();
      assertEquals(Optional.of("scalar kernels"), changed.before());
      assertEquals(vectors, changed.arithmetic());
      tiny.events.clear();
      tiny.resume();
      assertEquals(Optional.empty(), ((Started) tiny.events.getFirst()).before());
    }
  }

  /// A model that is wide enough for the library, in bfloat16; skipped where there is none.
  private TinyRun mixed(String name) throws IOException {
    var tiny = tiny(name);
    tiny.vectors = true;
    tiny.engine = EngineChoice.AUTOMATIC;
    tiny.precision = Precision.BFLOAT16;
    tiny.model = TinyRun.model(2, 1, 36);
    try (var workers = Workers.of(1)) {
      var product = Kernels.choose(workers, tiny.engine).in(tiny.precision).product();
      assumeTrue(product.isInBfloat16(), () -> "skipped: products by " + product.engine());
    }
    return tiny;
  }

  @Test
  void resumedRunInBfloat16GivesSameBits() throws IOException {
    var undisturbed = mixed("undisturbed");
    undisturbed.begin();
    var stopped = mixed("stopped");
    stopped.run(NEW, 7);
    stopped.resume();
    assertEquals(undisturbed.losses(0), stopped.losses(0));
    assertArrayEquals(undisturbed.weights(), stopped.weights());
    var inFloat32 = mixed("float32");
    inFloat32.precision = Precision.FLOAT32;
    inFloat32.begin();
    assertNotEquals(inFloat32.losses(0), stopped.losses(0), "the library has multiplied");
  }

  @Test
  void changedEngineIsReported() throws IOException {
    var tiny = mixed("run");
    tiny.run(NEW, 7);
    var mixed = ((Started) tiny.events.getFirst()).arithmetic();
    assertTrue(
        mixed.matches("\\d+-bit vectors, products of oneDNN [23][.0-9]+ in bfloat16"), mixed);
    tiny.events.clear();
    tiny.engine = EngineChoice.JAVA;
    tiny.run(new TrainingRun.Beginning.Resumed(), 9);
    var changed = (Started) tiny.events.getFirst();
    assertEquals(Optional.of(mixed), changed.before());
    assertEquals(mixed.replaceAll(",.*", ""), changed.arithmetic());
  }

  @Test
  void damagedCheckpointsAreSkippedWithSameResult() throws IOException {
    var undisturbed = tiny("undisturbed");
    undisturbed.begin();
    var broken = tiny("broken");
    broken.run(NEW, 11);
    Path newest = broken.out().resolve("checkpoints/step-00000011");
    Path moments = newest.resolve("trainer/optimizer.safetensors");
    byte[] bytes = Files.readAllBytes(moments);
    bytes[bytes.length / 2] ^= 1;
    Files.write(moments, bytes);
    broken.events.clear();
    broken.resume();
    var started = (Started) broken.events.getFirst();
    assertEquals(10, started.step());
    assertEquals(
        List.of(moments + " is altered: its SHA-256 is not that of what was written"),
        started.skipped());
    assertEquals(undisturbed.losses(10), broken.losses(10));
    assertArrayEquals(undisturbed.weights(), broken.weights());
  }

  private void assertRefused(TinyRun tiny, String difference) {
    assertEquals(
        "cannot resume from %s: %s; give the same, or start a new run with another `output`"
            .formatted(tiny.out().resolve("checkpoints/step-00000003"), difference),
        assertThrows(TrainingException.class, tiny::resume).getMessage());
  }

  @Test
  void resumeOfOtherRunIsRefused() throws IOException {
    var tiny = tiny("run");
    tiny.run(NEW, 3);
    byte[] weights = tiny.weights();
    tiny.text = TinyRun.text(2);
    assertRefused(tiny, "the data has changed since the checkpoint");
    tiny.text = TinyRun.text(1);
    tiny.model = TinyRun.model(4, 1);
    assertRefused(tiny, "the number of layers is 2 there and 4 now");
    tiny.model = TinyRun.model(2, 2);
    assertRefused(tiny, "the number of layers that share is 1 there and 2 now");
    tiny.model = TinyRun.model(2, 1);
    var feedForward = tiny.model.feedForward().withActivation(Activation.RELU, true);
    tiny.model = tiny.model.withFeedForward(feedForward);
    assertRefused(tiny, "the activation is silu there and relu now");
    tiny.model = TinyRun.model(2, 1);
    tiny.config = TinyRun.config(STEPS, 5e-3, Method.SGD);
    assertRefused(tiny, "the optimizer is ADAMW there and SGD now");
    assertArrayEquals(weights, tiny.weights());
  }
}
