package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A trained model tells its story, from a directory and from each GGUF file of it: configuration,
/// weights and tokenizer of each.
class StoriesTest {
  /// Where float64 arithmetic on the weights of the Q8_0 file, too, goes another way than on the
  /// original ones (transformers 5.18 on what gguf-py decodes; the two best logits are 0.026
  /// apart).
  private static final int Q8_0_TURNS = 115;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stories260k",
        "gguf/stories260k-f32.gguf",
        "gguf/stories260k-f16.gguf",
        "gguf/stories260k-q8_0.gguf"
      })
  void everyLayoutTellsTheSameStory(String name) throws IOException {
    var golden = JsonMapper.shared().readTree(shared("stories260k/golden.json").toFile());
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(1);
        var model = LoadedModel.open(shared(name), memory)) {
      var tokenizer = model.tokenizer().orElseThrow();
      var text = golden.get("prompt").stringValue();
      var prompt = tokenizer.withSpecialTokens(tokenizer.encode(text));
      assertArrayEquals(ids(golden.get("prompt_ids")), prompt);
      var all = ids(golden.get("greedy_ids"));
      int told = name.endsWith("q8_0.gguf") ? Q8_0_TURNS : all.length;
      var story = Arrays.copyOf(all, told);
      var settings =
          new GenerationSettings(
              told - prompt.length, List.of(), List.of(), SamplerSettings.DEFAULTS.greedy());
      try (var session = new Session(model.decoder(), Kernels.choose(workers), memory, told)) {
        var generator = new Generator(session, model.tokenizer(), settings);
        var generation = generator.generate(prompt, piece -> {});
        var ids = IntStream.concat(Arrays.stream(prompt), ids(generation.ids())).toArray();
        assertArrayEquals(story, ids);
        assertTrue(golden.get("greedy_text").stringValue().startsWith(text + generation.text()));
      }
    }
    assertEquals(List.of(), memory.openArenas());
  }

  private static int[] ids(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }

  private static IntStream ids(List<Integer> list) {
    return list.stream().mapToInt(id -> id);
  }

  private static Path shared(String name) {
    Path root = Path.of("").toAbsolutePath();
    while (root.getParent() != null && !Files.exists(root.resolve("mvnw"))) {
      root = root.getParent();
    }
    Path path = root.resolveSibling("shared").resolve("golden").resolve(name);
    assumeTrue(Files.exists(path), () -> "skipped: no golden files at " + path);
    return path;
  }
}
