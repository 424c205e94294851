package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.ModelOptions;
import dev.fader.Trainer;
import dev.fader.kernel.Engine;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.train.recipe.Hyperparameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Trained models predict a text as well with keys and values in fewer bits as with float32.
class PagePerplexityTest {
  /// Perplexity may move by a thousandth of itself. Over 50,000 tokens it moves by a tenth of that
  /// at most (`PagePerplexity` in `bench`); over fewer, a single token weighs more.
  private static final double TOLERANCE = 1e-3;

  @Test
  void aModelOfStoriesReadsAPlay() throws IOException {
    var play = Files.readString(shared("data/tinyshakespeare.txt"));
    // Its heads are of 8 numbers, of which Q8_0 makes no block.
    var types = List.of(DType.FLOAT16, DType.BFLOAT16);
    compare(shared("golden/stories260k"), play.substring(play.length() - 4000), types);
  }

  @Test
  void aModelThatWasTrainedReadsItsText(@TempDir Path directory) throws IOException {
    var lines =
        IntStream.range(0, 60)
            .mapToObj(i -> "the cat number %d sat on mat number %d.\n".formatted(i, i * 7 % 60))
            .toList();
    var trainer =
        Trainer.on(lines)
            .options(new ModelOptions(1, 1L << 30))
            .saveTo(directory)
            .steps(15)
            .depth(1)
            .with(Hyperparameter.CONTEXT, 32)
            .with(Hyperparameter.HEADS, 1)
            .with(Hyperparameter.BATCH, 4);
    trainer.train().close();
    var types = List.of(DType.FLOAT16, DType.BFLOAT16, DType.Q8_0);
    compare(directory, String.join("", lines), types);
  }

  private static void compare(Path path, String words, List<DType> types) throws IOException {
    try (var engine = new Engine(1, Long.MAX_VALUE);
        var model = LoadedModel.open(path, engine.memory())) {
      double float32 = loss(engine, model, words, DType.FLOAT32);
      double chance = Math.log(model.config().vocabularySize());
      assertTrue(float32 < chance - 1, "the model learned too little: %f nats".formatted(float32));
      for (var type : types) {
        double loss = loss(engine, model, words, type);
        assertNotEquals(float32, loss, "nothing was stored as " + type);
        assertEquals(1, Math.exp(loss - float32), TOLERANCE, "perplexity by " + type);
      }
    }
  }

  /// Nats per token of whole windows.
  private static double loss(Engine engine, LoadedModel model, String words, DType type) {
    var tokenizer = model.tokenizer().orElseThrow();
    int[] text = tokenizer.encode(words);
    int context = model.config().context();
    int step = context - tokenizer.prefixTokens().length;
    var limits = KeyValueLimits.DEFAULTS.withType(type);
    double sum = 0;
    int windows = text.length / step;
    try (var pool = new SessionPool(model.decoder(), engine.kernels(), engine.memory(), limits)) {
      for (int window = 0; window < windows; window++) {
        var plain = Arrays.copyOfRange(text, window * step, (window + 1) * step);
        try (var session = pool.open(context)) {
          sum += loss(session, tokenizer.withPrefixTokens(plain));
        }
      }
    }
    return sum / (windows * (context - 1));
  }

  /// Half of the window is read as a prompt, half token by token.
  private static double loss(Session session, int[] window) {
    var sum = new double[1];
    int half = window.length / 2;
    session.read(
        Arrays.copyOf(window, half),
        position -> true,
        (position, row) -> sum[0] += loss(row, window[position + 1]));
    for (int i = half; i + 1 < window.length; i++) {
      sum[0] += loss(session.append(window[i]), window[i + 1]);
    }
    return sum[0];
  }

  private static double loss(float[] logits, int target) {
    double all = 0;
    for (float logit : logits) {
      all += Math.exp(logit - logits[target]);
    }
    return Math.log(all);
  }

  private static Path shared(String name) {
    Path root = Path.of("").toAbsolutePath();
    while (root.getParent() != null && !Files.exists(root.resolve("mvnw"))) {
      root = root.getParent();
    }
    Path path = root.resolveSibling("shared").resolve(name);
    assumeTrue(Files.exists(path), () -> "skipped: nothing at " + path);
    return path;
  }
}
