package dev.fader.app.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.SessionPool;
import dev.fader.kernel.Engine;
import dev.fader.model.ActivationType;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.convert.WeightType;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.random.RandomModel;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class SessionOptionsTest {
  @Command
  private static final class Sessions {
    @Mixin private SessionOptions options;
  }

  /// The bytes that a pool takes for copies of weights.
  private static long copies(String... arguments) throws IOException {
    var sessions = new Sessions();
    new CommandLine(sessions).parseArgs(arguments);
    var json =
        """
        {"model_type": "llama", "vocab_size": 96, "hidden_size": 64, "intermediate_size": 96,
         "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2,
         "max_position_embeddings": 32, "rms_norm_eps": 1e-5}
        """;
    var config =
        HuggingFaceConfig.read(Path.of("small"), (ObjectNode) JsonMapper.shared().readTree(json));
    try (var engine = new Engine(1, Long.MAX_VALUE);
        var model = RandomModel.of(config, new WeightType.Uniform(DType.Q8_0), engine)) {
      sessions.options.prepare(model.decoder(), ActivationType.AUTOMATIC);
      model.decoder().cover(1);
      long before = engine.memory().bytes();
      try (var pool =
          new SessionPool(
              model.decoder(), engine.kernels(), engine.memory(), KeyValueLimits.DEFAULTS)) {
        return engine.memory().bytes() - before - pool.activationBytes();
      }
    }
  }

  private static String failure(String... arguments) {
    var sessions = new Sessions();
    new CommandLine(sessions).parseArgs(arguments);
    return assertThrows(ParameterException.class, sessions.options::check).getMessage();
  }

  @Test
  void activationsAreOfTwoTypes() {
    assertEquals(
        "--activations 'q4' is not a type of activations: choose f32 or q8",
        failure("--activations", "q4"));
    assertEquals(
        "--activations q8 and --no-repack exclude each other: only repacked weights are multiplied"
            + " with activations of eight bits; leave one of them out",
        failure("--activations", "q8", "--no-repack"));
    for (var type : new String[] {"f32", "q8", "Q8"}) {
      var sessions = new Sessions();
      new CommandLine(sessions).parseArgs("--activations", type);
      sessions.options.check();
    }
  }

  @Test
  void weightsAreCopiedUnlessTheyAreToStayAsTheyLie() throws IOException {
    assertTrue(copies() > 0);
    assertEquals(0, copies("--no-repack"));
  }
}
