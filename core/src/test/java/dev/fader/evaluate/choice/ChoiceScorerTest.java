package dev.fader.evaluate.choice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.generate.SessionPool;
import dev.fader.generate.TextDelimiters;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Likelihoods against those of lm-evaluation-harness (`choice_goldens.py`).
class ChoiceScorerTest {
  private static final KeyValueLimits LIMITS = KeyValueLimits.DEFAULTS.withType(DType.FLOAT32);

  @TempDir private Path folder;
  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);

  @AfterEach
  void close() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private static Path golden(String name) {
    var url = Objects.requireNonNull(ChoiceScorerTest.class.getResource("/golden/" + name), name);
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static JsonNode cases() throws IOException {
    return JsonMapper.shared().readTree(golden("tasks/choices.json").toFile());
  }

  /// The model of a case with its tokenizer.
  private Path model(JsonNode expected) throws IOException {
    var name = expected.get("model").stringValue();
    var tokenizer = expected.get("tokenizer").stringValue();
    if (tokenizer.isEmpty()) {
      return shared(name);
    }
    for (var file : List.of("config.json", "model.safetensors")) {
      Files.copy(golden(name).resolve(file), folder.resolve(file));
    }
    for (var file : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(golden(tokenizer).resolve(file), folder.resolve(file));
    }
    return folder;
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

  private static List<String> choices(JsonNode item) {
    var choices = new ArrayList<String>();
    item.get("choices").forEach(choice -> choices.add(choice.stringValue()));
    return choices;
  }

  /// The reference is float64 arithmetic on the same weights; sums of up to eighty tokens are off
  /// by some 1e-5 in float32.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void figuresAreThoseOfTheHarness(int number) throws IOException {
    var expected = cases().get(number);
    try (var model = LoadedModel.open(model(expected), memory);
        var pool = new SessionPool(model.decoder(), kernels, memory, LIMITS);
        var scorer = scorer(model, pool)) {
      for (var item : expected.get("items")) {
        var context = item.get("context").stringValue();
        if (item.has("refused")) {
          assertThrows(
              IllegalArgumentException.class, () -> scorer.score(context, choices(item)), context);
          continue;
        }
        var found = scorer.score(context, choices(item));
        for (int i = 0; i < found.size(); i++) {
          var message = item + " choice " + i;
          assertEquals(
              item.get("loglikelihoods").get(i).doubleValue(),
              found.get(i).logProbability(),
              1e-4,
              message);
          assertEquals(item.get("greedy").get(i).booleanValue(), found.get(i).greedy(), message);
        }
      }
    }
  }

  private static ChoiceScorer scorer(LoadedModel model, SessionPool pool) {
    return new ChoiceScorer(
        pool,
        model.tokenizer().orElseThrow(),
        TextDelimiters.start(model),
        model.config().context());
  }

  /// Whatever was read before, and in whatever company: to the last bit where no prompt is cut
  /// elsewhere, and these are short.
  @Test
  void likelihoodsDoNotDependOnWhatElseIsAsked() throws IOException {
    try (var model = LoadedModel.open(model(cases().get(2)), memory);
        var pool = new SessionPool(model.decoder(), kernels, memory, LIMITS);
        var scorer = scorer(model, pool)) {
      var many = new ArrayList<String>();
      for (int i = 0; i < 33; i++) {
        many.add(" number " + i * 7919 % 100);
      }
      var together = scorer.score("the cat", many);
      for (int i = 0; i < many.size(); i++) {
        assertEquals(together.get(i), scorer.score("the cat", List.of(many.get(i))).getFirst());
        scorer.score("the mat is on", List.of(" x"));
      }
    }
  }

  @Test
  void whatDoesNotFitIsCutFromTheBeginning() throws IOException {
    try (var model = LoadedModel.open(model(cases().get(0)), memory);
        var pool = new SessionPool(model.decoder(), kernels, memory, LIMITS);
        var scorer = scorer(model, pool)) {
      int context = model.config().context(); // 128; a token is a byte, and one comes before
      var found = scorer.score("x".repeat(context - 2), List.of("yy", "yyy"));
      assertEquals(0, found.get(0).cut());
      assertEquals(1, found.get(1).cut());
      var refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> scorer.score("x", List.of("y".repeat(context + 1))));
      assertEquals("a choice of 129 tokens does not fit the context of 128", refused.getMessage());
    }
  }

  @Test
  void aChoiceWithoutTokensIsRefused() throws IOException {
    try (var model = LoadedModel.open(model(cases().get(1)), memory);
        var pool = new SessionPool(model.decoder(), kernels, memory, LIMITS);
        var scorer = scorer(model, pool)) {
      var refused =
          assertThrows(IllegalArgumentException.class, () -> scorer.score("x", List.of("a", "")));
      assertEquals(
          "'' has no token of its own: the text before it already takes them all",
          refused.getMessage());
      assertTrue(scorer.score("x", List.of("a")).getFirst().logProbability() < 0);
    }
  }
}
