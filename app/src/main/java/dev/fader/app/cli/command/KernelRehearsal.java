package dev.fader.app.cli.command;

import dev.fader.format.FormatException;
import dev.fader.inspect.speed.ModelSpeed;
import dev.fader.inspect.speed.SpeedTest;
import dev.fader.kernel.Engine;
import dev.fader.kernel.statistics.RunStatistics;
import dev.fader.kernel.statistics.RunSums;
import dev.fader.model.ActivationType;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.ModelConfig;
import dev.fader.model.convert.QuantizationMix;
import dev.fader.model.convert.WeightType;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.random.RandomModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;

/// Small random models that read a prompt and write, for the launcher to record what the compiler
/// learns of their kernels: it then compiles them sooner, and as well.
///
/// They write until the compiler has made its best of the loops, whose lengths are like those of
/// large models: it would unroll shorter ones in other ways.
final class KernelRehearsal {
  private static final int THREADS = 2;
  private static final long MEMORY = 1L << 30;
  private static final int PROMPT = 64;
  private static final int TOKENS = 128;
  private static final int TURNS = 20_000;

  private static final List<WeightType> TYPES =
      List.of(
          new WeightType.Mixed(QuantizationMix.Q4_0),
          new WeightType.Mixed(QuantizationMix.Q4_K_M),
          new WeightType.Mixed(QuantizationMix.Q8_0),
          new WeightType.Uniform(DType.BFLOAT16));

  private KernelRehearsal() {}

  static void run() throws FormatException {
    var config = config();
    try (var engine = new Engine(THREADS, MEMORY)) {
      for (var type : TYPES) {
        try (var model = RandomModel.of(config, type, engine)) {
          model.decoder().takeActivationsAs(ActivationType.EIGHT_BITS);
          var speed = new ModelSpeed(model.decoder(), engine, KeyValueLimits.DEFAULTS, 0);
          for (var test :
              List.of(
                  new SpeedTest(SpeedTest.Kind.PROMPT, PROMPT, 1, 0),
                  new SpeedTest(SpeedTest.Kind.GENERATE, TOKENS, 1, 0))) {
            speed.measure(test, 1, (doing, repetition) -> {});
          }
        }
      }
      measureNumbers(engine);
    }
  }

  /// What `inspect` does with each run of numbers, until the compiler has seen enough of it.
  private static void measureNumbers(Engine engine) {
    var runs = engine.kernels().statistics();
    var numbers = RunStatistics.run();
    var sums = new RunSums();
    var columns = new double[RunStatistics.LONGEST];
    for (var type :
        List.of(DType.BFLOAT16, DType.FLOAT16, DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K)) {
      try (var arena = engine.memory().open("numbers")) {
        var tensor = arena.allocate(type, Shape.of(RunStatistics.LONGEST));
        var values = new float[RunStatistics.LONGEST];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) Math.sin(i);
        }
        tensor.copyFrom(values);
        for (int turn = 0; turn < TURNS; turn++) {
          runs.read(tensor, 0, RunStatistics.LONGEST, numbers);
          sums.next(1, RunStatistics.LONGEST);
          runs.measure(numbers, sums, columns, 0);
          sums.next(RunStatistics.ROWS, RunStatistics.LONGEST / RunStatistics.ROWS);
          runs.measure(numbers, sums, columns, 0);
        }
      }
    }
  }

  private static ModelConfig config() throws FormatException {
    var config =
        JsonNodeFactory.instance
            .objectNode()
            .put("model_type", "llama")
            .put("vocab_size", 4096)
            .put("hidden_size", 1024)
            .put("num_hidden_layers", 1)
            .put("num_attention_heads", 16)
            .put("num_key_value_heads", 4)
            .put("intermediate_size", 2048)
            .put("max_position_embeddings", 512);
    return HuggingFaceConfig.read(Path.of("rehearsal"), config);
  }
}
