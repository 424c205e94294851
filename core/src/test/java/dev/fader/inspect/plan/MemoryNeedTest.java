package dev.fader.inspect.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.grad.DropoutPlan;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.inspect.count.Configurations;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.Initialization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorMemory;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Predictions against what the tape and the parameter table really take: equal to the byte, so
/// that whoever changes what an operation keeps learns here that the prediction must follow.
class MemoryNeedTest {
  record Case(ModelConfig config, boolean recomputed, boolean dropout) {}

  static Stream<Case> cases() {
    return Configurations.all().stream()
        .flatMap(config ->
            Stream.of(
                new Case(config, false, false),
                new Case(config, true, false),
                new Case(config, false, true),
                new Case(config, true, true)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void needMatchesAllocation(Case one) {
    var shape = new TrainingShape(3, 1, 7, 1, one.recomputed, one.dropout);
    var need = MemoryNeed.of(one.config, shape, OptimizerDemand.adamw(one.config));
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(1);
        var weights = memory.open("weights");
        var gradients = memory.open("gradients");
        var activations = memory.open("activations")) {
      var kernels = Kernels.scalar(workers);
      var parameters = Parameters.learned(one.config, weights, gradients);
      Initialization.fill(parameters, workers, 1);
      var decoder = new Decoder(parameters, activations);
      var ids = activations.allocate(DType.INT32, Shape.of(3, 7));
      var targets = activations.allocate(DType.INT32, Shape.of(21));
      var losses = activations.floats(21);
      var tokens = TokenBlock.ofSequences(ids, 3, 7);
      var tape =
          new Tape(
              kernels, activations, one.recomputed ? Tape.Mode.TRAIN_RECOMPUTING : Tape.Mode.TRAIN);
      float softCap = one.config.embedding().logitSoftCap();
      for (int step = 0; step < 2; step++) {
        tape.dropout(new DropoutPlan(one.dropout ? 0.1f : 0, 1, step));
        var output = decoder.forward(tape, tokens);
        tape.headLoss(output, parameters.head(), new HeadLoss(targets, 0.1f, softCap), losses);
        tape.backward();
      }
      var inferring = new Tape(kernels, activations, Tape.Mode.INFER);
      for (int batch = 0; batch < 2; batch++) {
        var output = decoder.forward(inferring, tokens);
        inferring.headLoss(output, parameters.head(), new HeadLoss(targets, 0, softCap), losses);
        inferring.clear();
      }
      assertEquals(weights.bytes(), need.weights(), "weights");
      assertEquals(gradients.bytes(), need.gradients(), "gradients");
      assertEquals(activations.bytes(), need.activations(), "activations");
    }
    assertEquals(List.of(), memory.openArenas());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void needGrowsWithTokensAndShrinksWithRecomputation(Case one) {
    var optimizer = OptimizerDemand.adamw(one.config);
    var shape = new TrainingShape(50, 1, 7, 1, one.recomputed, one.dropout);
    var larger = new TrainingShape(100, 1, 7, 1, one.recomputed, one.dropout);
    var need = MemoryNeed.of(one.config, shape, optimizer);
    var largerNeed = MemoryNeed.of(one.config, larger, optimizer);
    long positions = ActivationMemory.of(one.config, shape).positions();
    assertEquals(2 * (need.activations() - positions), largerNeed.activations() - positions);
    assertEquals(need.total(), need.tensors() + need.program());
    var kept = new TrainingShape(50, 1, 7, 1, false, one.dropout);
    assertTrue(
        need.activations() <= MemoryNeed.of(one.config, kept, optimizer).activations(),
        one.toString());
  }
}
