package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.TensorFile;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.Workers;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Loss and every gradient of tiny random models against PyTorch in float64.
class GoldenGradientTest {
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen3", "gemma2"})
  void lossAndGradientsAreThoseOfPyTorch(String name) throws IOException {
    for (var mode : new Tape.Mode[] {Tape.Mode.TRAIN, Tape.Mode.TRAIN_RECOMPUTING}) {
      check(name, mode);
    }
  }

  private static void check(String name, Tape.Mode mode) throws IOException {
    var directory = Golden.directory("training/" + name);
    var golden = Golden.json(directory.resolve("training.json"));
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(2);
        var arena = memory.open("test");
        var model = LanguageModel.open(Golden.directory("models/" + name), memory);
        var gradients = TensorFile.open(directory.resolve("gradients.safetensors"))) {
      var parameters = Parameters.learned(model.config(), arena, arena);
      parameters.copyFrom(model.decoder().parameters());
      var rows = golden.get("batch");
      int time = rows.get(0).size() - 1;
      var inputs = new int[rows.size() * time];
      var targets = new int[rows.size() * time];
      for (int row = 0; row < rows.size(); row++) {
        var ids = Golden.ints(rows.get(row));
        System.arraycopy(ids, 0, inputs, row * time, time);
        System.arraycopy(ids, 1, targets, row * time, time);
      }
      var tape = new Tape(Kernels.choose(workers), arena, mode);
      var tokens = new TokenBlock(TinyModels.ids(arena, inputs), rows.size(), time, 0);
      var output = new Decoder(parameters, arena).forward(tape, tokens);
      var losses = arena.floats(tokens.rows());
      var headLoss =
          new HeadLoss(
              TinyModels.ids(arena, targets),
              1f / tokens.rows(),
              model.config().embedding().logitSoftCap());
      tape.headLoss(output, parameters.head(), headLoss, losses);
      tape.backward();
      double sum = 0;
      for (float loss : losses.toArray()) {
        sum += loss;
      }
      assertEquals(golden.get("losses").get(0).doubleValue(), sum / tokens.rows(), 1e-5, name);
      for (var spec : parameters.specs()) {
        var expected = gradients.tensor(spec.name()).toArray();
        var actual = parameters.get(spec).gradient().orElseThrow().toArray();
        assertEquals(expected.length, actual.length, spec.name());
        double largest = 0;
        for (float value : expected) {
          largest = Math.max(largest, Math.abs(value));
        }
        assertTrue(largest > 0, spec.name());
        for (int i = 0; i < expected.length; i++) {
          assertEquals(expected[i], actual[i], 1e-4 * largest, name + " " + spec.name() + " " + i);
        }
      }
    }
  }
}
