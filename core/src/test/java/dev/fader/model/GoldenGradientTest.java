package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.TensorFile;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Loss and every gradient of tiny random models against PyTorch in float64, each parameter tensor
/// by itself.
class GoldenGradientTest {
  private static final List<Tape.Mode> MODES =
      List.of(Tape.Mode.TRAIN, Tape.Mode.TRAIN_RECOMPUTING);

  /// What PyTorch found for a model.
  ///
  /// @param rows of tokens, of which each is to be predicted from those before it
  /// @param loss the mean over all of them
  private record Case(Path model, Path gradients, List<int[]> rows, double loss) {}

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen3", "gemma2"})
  void lossAndGradientsMatchPyTorch(String name) throws IOException {
    var directory = Golden.directory("training/" + name);
    var golden = Golden.json(directory.resolve("training.json"));
    var rows = golden.get("batch").valueStream().map(Golden::ints).toList();
    var gradients = directory.resolve("gradients.safetensors");
    double loss = golden.get("losses").get(0).doubleValue();
    for (var mode : MODES) {
      check(new Case(Golden.directory("models/" + name), gradients, rows, loss), mode);
    }
  }

  /// All kinds of experts, latent attention, sinks, windows, the placements of norms, multipliers
  /// and positions (`family_gradients.py` made them).
  @ParameterizedTest
  @ValueSource(
      strings = {
        "deepseek-v2",
        "deepseek-v2-groups",
        "deepseek-v3",
        "deepseek-v3-sums",
        "gemma3",
        "gpt",
        "gpt-oss",
        "gpt2-by-layer",
        "granite",
        "llama",
        "mixtral",
        "olmo2",
        "opt",
        "opt-post-norm",
        "opt-untied",
        "phi3",
        "phi3-short",
        "qwen2",
        "qwen3-moe",
        "qwen3-moe-sums",
        "smollm3",
        "starcoder2"
      })
  void familyGradientsMatchPyTorch(String name) throws IOException {
    var directory = Golden.directory("families/" + name);
    var golden = Golden.json(directory.resolve("golden.json"));
    var rows = List.of(Golden.ints(golden.get("input_ids")));
    var gradients = directory.resolve("gradients.safetensors");
    for (var mode : MODES) {
      check(new Case(directory, gradients, rows, golden.get("loss").doubleValue()), mode);
    }
  }

  private static void check(Case golden, Tape.Mode mode) throws IOException {
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(2);
        var arena = memory.open("test");
        var model = LoadedModel.open(golden.model, memory);
        var gradients = TensorFile.open(golden.gradients)) {
      var parameters = Parameters.learned(model.config(), arena, arena);
      parameters.copyFrom(model.decoder().parameters());
      int time = golden.rows.getFirst().length - 1;
      int batch = golden.rows.size();
      var inputs = new int[batch * time];
      var targets = new int[batch * time];
      for (int row = 0; row < batch; row++) {
        System.arraycopy(golden.rows.get(row), 0, inputs, row * time, time);
        System.arraycopy(golden.rows.get(row), 1, targets, row * time, time);
      }
      var tape = new Tape(Kernels.choose(workers), arena, mode);
      var tokens = TokenBlock.ofSequences(TinyModels.ids(arena, inputs), batch, time);
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
      assertEquals(golden.loss, sum / tokens.rows(), 1e-5, golden.model.toString());
      for (var spec : parameters.specs()) {
        var what = golden.model.getFileName() + " " + spec.name();
        if (spec.role() == Role.ROUTER_CORRECTION) {
          // It chooses and is not multiplied with: no gradient flows through a choice.
          var none = new float[Math.toIntExact(spec.shape().elements())];
          assertArrayEquals(
              none, parameters.get(spec).gradient().map(Tensor::toArray).orElse(none), what);
          continue;
        }
        var expected = gradients.tensor(spec.name()).toArray();
        var actual = parameters.get(spec).gradient().orElseThrow(() -> new AssertionError(what));
        if (isUnseen(model.config(), spec)) {
          double most =
              1e-4
                  * largest(
                      gradients
                          .tensor(model.config().names().name(Role.KEY, spec.layer(), 0, false))
                          .toArray());
          assertTrue(largest(expected) < most && largest(actual.toArray()) < most, what);
          continue;
        }
        boolean some = assertNear(expected, actual.toArray(), what);
        assertTrue(some || isOfExpert(spec.role()), what);
      }
    }
  }

  /// A bias of keys that are not rotated adds the same to all scores of a query, so that softmax
  /// does not see it: its gradient is nothing but rounding, far below that of the weight.
  static boolean isUnseen(ModelConfig config, ParameterSpec spec) {
    return spec.role() == Role.KEY
        && spec.bias()
        && config.positions() instanceof Positions.Learned;
  }

  /// An expert that no token chose learns nothing.
  private static boolean isOfExpert(Role role) {
    return switch (role) {
      case EXPERT_GATE, EXPERT_UP, EXPERT_DOWN -> true;
      default -> false;
    };
  }

  /// Float32 through a few layers keeps four digits of the largest element. Returns whether there
  /// is one that is not zero.
  private static boolean assertNear(float[] expected, float[] actual, String what) {
    assertEquals(expected.length, actual.length, what);
    double largest = largest(expected);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], 1e-4 * largest, what + " " + i);
    }
    return largest > 0;
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
