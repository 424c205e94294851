package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.TensorFile;
import dev.fader.generate.SessionPool;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// A tiny random model of every family against transformers in float64, made by
/// `core/src/test/python/family_goldens.py`. Their windows are shorter than their texts.
class FamilyGoldenTest {
  private final TensorMemory memory = TensorMemory.unlimited();
  private final TensorArena arena = memory.open("test");
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);
  private final Tape tape = new Tape(kernels, arena, Tape.Mode.INFER);

  @AfterEach
  void close() {
    workers.close();
    arena.close();
    assertTrue(memory.openArenas().isEmpty());
  }

  static List<String> names() {
    return List.of(
        "gpt",
        "gpt2-by-layer",
        "opt",
        "opt-post-norm",
        "opt-untied",
        "llama",
        "qwen2",
        "gemma3",
        "phi3",
        "phi3-short",
        "olmo2",
        "granite",
        "smollm3",
        "starcoder2",
        "mixtral",
        "qwen3-moe",
        "qwen3-moe-sums",
        "gpt-oss",
        "gpt-oss-mxfp4",
        "deepseek-v2",
        "deepseek-v2-groups",
        "deepseek-v3",
        "deepseek-v3-sums");
  }

  @ParameterizedTest
  @MethodSource("names")
  void logitsAndGreedyTokensMatchTransformers(String name) throws IOException {
    var directory = Golden.directory("families/" + name);
    var golden = Golden.json(directory.resolve("golden.json"));
    try (var model = LoadedModel.open(directory, memory)) {
      assertEquals(golden.get("parameter_count").longValue(), counted(model));
      var text = Golden.ints(golden.get("input_ids"));
      assertLogits(golden, wholeText(model.decoder(), text), model.config().vocabularySize());
      var expected = Golden.ints(golden.get("greedy_ids"));
      assertArrayEquals(expected, greedy(model, text, expected.length, new int[] {text.length}));
      int[] blocks = {7, 1, 1, 5, text.length - 14};
      assertArrayEquals(expected, greedy(model, text, expected.length, blocks));
    }
  }

  /// The same models as GGUF files, which `core/src/test/python/gguf_family_goldens.py` wrote.
  @ParameterizedTest
  @CsvSource({
    "llama,llama",
    "gemma3,gemma3",
    "phi3,phi3",
    "olmo2,olmo2",
    "granite,granite",
    "starcoder2,starcoder2",
    "mixtral,mixtral",
    "mixtral-apart,mixtral",
    "gpt-oss,gpt-oss",
    "deepseek-v2,deepseek-v2",
    "deepseek-v2-whole,deepseek-v2",
    "deepseek-v2-groups,deepseek-v2-groups",
    "deepseek-v3,deepseek-v3"
  })
  void foreignGgufFilesMatch(String file, String name) throws IOException {
    var golden = Golden.json(Golden.directory("families/" + name).resolve("golden.json"));
    var path = Golden.directory("gguf-families").resolve(file + ".gguf");
    try (var model = LoadedModel.open(path, memory)) {
      var text = Golden.ints(golden.get("input_ids"));
      assertLogits(golden, wholeText(model.decoder(), text), model.config().vocabularySize());
      var expected = Golden.ints(golden.get("greedy_ids"));
      assertArrayEquals(expected, greedy(model, text, expected.length, new int[] {text.length}));
    }
  }

  /// Models that also see have their text's weights under longer names, those saved without a head
  /// under shorter ones.
  @Test
  void otherNamePrefixesAreFound() throws IOException {
    var directory = Golden.directory("families/gemma3");
    var golden = Golden.json(directory.resolve("golden.json"));
    for (String prefix : List.of("", "language_model.model.", "model.language_model.")) {
      try (var file = TensorFile.open(directory)) {
        var tensors = new LinkedHashMap<String, Tensor>();
        for (var tensor : file.weights(arena).entrySet()) {
          tensors.put(tensor.getKey().replaceFirst("^model\\.", prefix), tensor.getValue());
        }
        var config = HuggingFaceConfig.read(directory);
        var decoder = new Decoder(Parameters.fixed(config, tensors), arena);
        var logits = wholeText(decoder, Golden.ints(golden.get("input_ids")));
        assertLogits(golden, logits, config.vocabularySize());
      }
    }
  }

  /// transformers keeps the correction of the router as a buffer, which it does not count.
  private static long counted(LoadedModel model) {
    return model.decoder().parameters().specs().stream()
        .filter(spec -> spec.role() != Role.ROUTER_CORRECTION)
        .mapToLong(spec -> spec.shape().elements())
        .sum();
  }

  private float[] wholeText(Decoder decoder, int[] text) {
    var tokens = TokenBlock.ofSequences(TinyModels.ids(arena, text), 1, text.length);
    var logits = logits(decoder, decoder.forward(tape, tokens)).toArray();
    tape.clear();
    return logits;
  }

  private Tensor logits(Decoder decoder, Variable output) {
    var softCap = decoder.config().embedding().logitSoftCap();
    return tape.logits(output, decoder.parameters().head(), softCap).value();
  }

  private static void assertLogits(JsonNode golden, float[] logits, int vocabulary) {
    for (int i = 0; i < golden.get("logits_positions").size(); i++) {
      int position = golden.get("logits_positions").get(i).intValue();
      var expected = golden.get("logits").get(i);
      assertEquals(vocabulary, expected.size());
      for (int id = 0; id < vocabulary; id++) {
        assertEquals(
            expected.get(id).doubleValue(),
            logits[position * vocabulary + id],
            1e-4,
            "position %d, token %d".formatted(position, id));
      }
    }
  }

  /// The tokens that follow a text that was read in blocks, through a cache.
  private int[] greedy(LoadedModel model, int[] text, int count, int[] blocks) {
    var following = new int[count];
    int next = -1;
    var limits = KeyValueLimits.DEFAULTS.withType(DType.FLOAT32);
    try (var pool = new SessionPool(model.decoder(), kernels, memory, limits);
        var session = pool.open(text.length + count)) {
      for (int size : blocks) {
        int read = session.length();
        next = largest(session.read(Arrays.copyOfRange(text, read, read + size)));
      }
      for (int i = 0; i < count; i++) {
        following[i] = next;
        if (i + 1 < count) {
          next = largest(session.append(next));
        }
      }
    }
    return following;
  }

  private static int largest(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      best = logits[id] > logits[best] ? id : best;
    }
    return best;
  }
}
