package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.adapter.Adapter;
import dev.fader.adapter.ExpertAdapter;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.adapter.ModelAdapter;
import dev.fader.format.TensorFile;
import dev.fader.generate.Session;
import dev.fader.generate.SessionPool;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// LoRA beside the experts of a layer, as peft computes it for `target_parameters`: logits and
/// gradients (`golden/adapters/experts-NAME`, made with peft 0.21 and transformers 5.18, float32).
class ExpertAdapterTest {
  private static final String PREFIX = "base_model.model.";

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);

  @AfterEach
  void close() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "gpt-oss"})
  void logitsAndGradientsMatchPeft(String name) throws IOException {
    var directory = Golden.directory("adapters/experts-" + name);
    var golden = Golden.json(directory.resolve("golden.json"));
    try (var model = LoadedModel.open(Golden.directory("families/" + name), memory);
        var arena = memory.open("adapter")) {
      var adapter = adapter(directory, model.config(), arena);
      checkLogits(model.decoder().with(List.of(adapter), kernels, arena), golden);
      for (var mode : List.of(Tape.Mode.TRAIN, Tape.Mode.TRAIN_RECOMPUTING)) {
        checkGradients(model.decoder().parameters(), adapter, golden, mode);
      }
    }
  }

  private static ModelAdapter adapter(Path directory, ModelConfig config, TensorArena arena)
      throws IOException {
    var projections = new LinkedHashMap<String, Adapter>();
    var experts = new LinkedHashMap<String, ExpertAdapter>();
    int count = config.feedForward().experts().orElseThrow().count();
    try (var file = TensorFile.open(directory.resolve("adapter_model.safetensors"))) {
      for (int layer = 0; layer < config.layers(); layer++) {
        String at = "model.layers." + layer + ".";
        String query = at + "self_attn.q_proj";
        projections.put(
            query,
            new LowRankAdapter(
                learned(file, query + ".lora_A.weight", arena),
                learned(file, query + ".lora_B.weight", arena),
                Optional.empty(),
                2,
                0));
        String outer = at + "mlp.experts.";
        if (config.feedForward().experts(layer).isPresent()) {
          experts.put(outer + "gate_up_proj", expert(file, outer + "base_layer.", count, arena));
          experts.put(outer + "down_proj", expert(file, outer, count, arena));
        }
      }
    }
    return ModelAdapter.of(projections).with(projections, experts);
  }

  private static ExpertAdapter expert(TensorFile file, String module, int count, TensorArena arena)
      throws IOException {
    return new ExpertAdapter(
        learned(file, module + "lora_A.weight", arena),
        learned(file, module + "lora_B.weight", arena),
        count,
        2,
        Optional.empty());
  }

  private static Variable learned(TensorFile file, String name, TensorArena arena)
      throws IOException {
    var stored = file.get(PREFIX + name);
    var value = arena.allocate(DType.FLOAT32, stored.shape());
    stored.copyTo(value);
    return Variable.learned(value, arena.allocate(DType.FLOAT32, stored.shape()));
  }

  /// All at once, and token by token.
  private void checkLogits(Decoder decoder, JsonNode golden) {
    int[] ids = Golden.ints(golden.get("input_ids"));
    var expected = floats(golden.get("last_logits"));
    try (var session = session(decoder, ids.length)) {
      assertArrayEquals(expected, session.read(ids), 1e-4f);
    }
    try (var session = session(decoder, ids.length)) {
      for (int id : ids) {
        session.append(id);
      }
      assertArrayEquals(expected, session.logits(), 1e-4f);
    }
  }

  /// Keys and values in float32, as peft has them.
  private Session session(Decoder decoder, int capacity) {
    var limits = KeyValueLimits.DEFAULTS.withType(DType.FLOAT32);
    return new Session(new SessionPool(decoder, kernels, memory, limits), capacity);
  }

  private static float[] floats(JsonNode array) {
    var values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).floatValue();
    }
    return values;
  }

  private void checkGradients(
      Parameters base, ModelAdapter adapter, JsonNode golden, Tape.Mode mode) {
    int[] ids = Golden.ints(golden.get("loss_ids"));
    int time = ids.length - 1;
    try (var arena = memory.open("activations")) {
      var table = base.adapted(List.of(adapter));
      table.clearGradients();
      var tape = new Tape(kernels, arena, mode);
      var inputs = TinyModels.ids(arena, java.util.Arrays.copyOf(ids, time));
      var targets = TinyModels.ids(arena, java.util.Arrays.copyOfRange(ids, 1, ids.length));
      var decoder = new Decoder(table, arena);
      var output = decoder.forward(tape, TokenBlock.ofSequences(inputs, 1, time));
      var losses = arena.floats(time);
      tape.headLoss(output, decoder.head(tape), new HeadLoss(targets, 1f / time, 0), losses);
      tape.backward();
      double sum = 0;
      for (float loss : losses.toArray()) {
        sum += loss;
      }
      assertEquals(golden.get("loss").doubleValue(), sum / time, 1e-5);
      golden
          .get("gradients")
          .properties()
          .forEach(entry -> {
            var expected = floats(entry.getValue());
            float largest = 0;
            for (float value : expected) {
              largest = Math.max(largest, Math.abs(value));
            }
            String ours =
                entry
                    .getKey()
                    .substring(PREFIX.length())
                    .replace("experts.lora", "experts.down_proj.lora")
                    .replace("experts.base_layer.lora", "experts.gate_up_proj.lora");
            var found = adapter.parameters().get(ours).gradient().orElseThrow().toArray();
            assertArrayEquals(expected, found, 1e-4f * largest, mode + " " + ours);
          });
    }
  }
}
