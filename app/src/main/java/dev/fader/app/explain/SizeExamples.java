package dev.fader.app.explain;

import static dev.fader.app.explain.LineExamples.text;

import dev.fader.format.FormatException;
import dev.fader.inspect.count.Catalogue;
import dev.fader.inspect.count.ModelFacts;
import dev.fader.inspect.count.ParameterCount;
import dev.fader.inspect.count.TuningMethod;
import dev.fader.inspect.plan.FlopsPerToken;
import dev.fader.inspect.plan.RunningMemory;
import dev.fader.kernel.Engine;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.model.ModelConfig;
import dev.fader.quantization.BlockFormat;
import dev.fader.tensor.DType;
import dev.fader.train.recipe.ModelSize;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/// What can be shown with a few vectors, and with what is known of published models.
final class SizeExamples {
  private static final String[] WORDS = {"the", "fox", "saw", "it"};

  /// What each word looks for, and what each offers: "it" looks for things, the second number.
  private static final float[] QUERIES = {1, 0, 0, 1, 1, 1, 0, 4};

  private static final float[] KEYS = {1, 0, 0, 1, 1, 0, 0, 0.2f};

  private SizeExamples() {}

  private static ModelFacts published(String name) {
    try {
      return ModelFacts.of(Catalogue.load().find(name).orElseThrow()).orElseThrow();
    } catch (FormatException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private static ModelConfig config(String name) {
    return published(name).config().orElseThrow();
  }

  static void transformer(Engine engine, Consumer<String> lines) {
    lines.accept("GPT-2 and Llama 3 8B, part by part");
    var small = published("gpt-2").count().components();
    var large = published("llama-3-8b").count().components();
    for (var component : ParameterCount.Component.values()) {
      long ofSmall = small.getOrDefault(component, 0L);
      long ofLarge = large.getOrDefault(component, 0L);
      if (ofSmall + ofLarge > 0) {
        lines.accept(text("%-18s %,13d %,15d", component.title(), ofSmall, ofLarge));
      }
    }
    var llama = config("llama-3-8b");
    lines.accept(
        text(
            "a token of Llama 3 8B: 1 of %,d ids, %,d numbers through %d layers, %,d logits",
            llama.vocabularySize(), llama.width(), llama.layers(), llama.vocabularySize()));
  }

  static void layer(Engine engine, Consumer<String> lines) {
    lines.accept(
        text("%-12s %7s %8s %22s %9s", "", "layers", "width", "parameters of one", "of all"));
    for (var name : new String[] {"gpt-2", "llama-3-8b", "llama-3-70b"}) {
      var count = published(name).count();
      var first = count.layers().getFirst().values().stream().mapToLong(n -> n).sum();
      var config = config(name);
      lines.accept(
          text(
              "%-12s %7d %8d %,22d %7.1f %%",
              name,
              config.layers(),
              config.width(),
              first,
              100.0 * first * config.layers() / count.trainable()));
    }
    var text = Sentences.some(2, 20);
    for (int layers : new int[] {1, 2, 4}) {
      var size = new ModelSize(32, 24, 16, layers, 1, 2, 2, 48, 0, true);
      try (var learner = new TextLearner(engine, Sentences.some(1, 300), size)) {
        for (int step = 0; step < 150; step++) {
          learner.step();
        }
        lines.accept(
            text(
                "%d of width 16: %,6d parameters, loss %.3f after 150 steps",
                layers, learner.parameters(), learner.loss(text)));
      }
    }
  }

  static void attention(Engine engine, Consumer<String> lines) {
    int words = WORDS.length;
    try (var arena = engine.memory().open("attention")) {
      var queries = arena.floats(words, 2).copyFrom(QUERIES);
      var keys = arena.floats(words, 2).copyFrom(KEYS);
      var scores = arena.floats(words, words);
      engine
          .kernels()
          .product()
          .multiply(Matrix.of(queries), Matrix.of(keys).transposed(), Matrix.of(scores));
      for (int word = 0; word < words; word++) {
        for (int later = word + 1; later < words; later++) {
          scores.set((long) word * words + later, -1e30f);
        }
      }
      engine.kernels().predictions().softmax(Matrix.of(scores), (float) Math.sqrt(2));
      lines.accept(text("%-6s %7s %7s %7s %7s", "", WORDS[0], WORDS[1], WORDS[2], WORDS[3]));
      for (int word = 0; word < words; word++) {
        var row = new StringBuilder(text("%-6s", WORDS[word]));
        for (int seen = 0; seen <= word; seen++) {
          row.append(text("  %4.0f %%", 100 * scores.get((long) word * words + seen)));
        }
        lines.accept(row.toString());
      }
    }
  }

  static void cache(Engine engine, Consumer<String> lines) {
    var llama = config("llama-3-8b");
    lines.accept(
        text(
            "Llama 3 8B (32 layers, 8 KV heads of 128): %,.0f bytes a token in 16 bits",
            RunningMemory.cacheBytesPerToken(llama, DType.FLOAT16)));
    lines.accept("context      cache    to write one more token, with it and without");
    for (int context : new int[] {128, 1024, 8192}) {
      var flops = FlopsPerToken.of(llama, context, false);
      lines.accept(
          text(
              "%,7d  %,6.0f MB    %.1f and %,.0f billion operations",
              context,
              RunningMemory.cacheBytes(llama, DType.FLOAT16, context) / 1e6,
              flops.uncausalForward() / 1e9,
              flops.forward() * context / 1e9));
    }
  }

  static void quantisation(Engine engine, Consumer<String> lines) {
    var random = new SplittableRandom(1);
    var numbers = new float[256];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (0.05 * random.nextGaussian());
    }
    lines.accept(text("type   bits   the first of 256 weights                     mean error"));
    lines.accept(row("F32", 32, numbers, numbers));
    for (var format : new BlockFormat[] {BlockFormat.Q8_0, BlockFormat.Q4_0, BlockFormat.Q2_K}) {
      double bits = 8.0 * format.bytes() / format.elements();
      lines.accept(row(format.name(), bits, numbers, decoded(format, numbers)));
    }
  }

  private static float[] decoded(BlockFormat format, float[] numbers) {
    var result = new float[numbers.length];
    try (var arena = Arena.ofConfined()) {
      var block = arena.allocate(format.bytes());
      for (int start = 0; start < numbers.length; start += format.elements()) {
        format.encode(numbers, start, block, 0);
        format.decode(block, 0, result, start);
      }
    }
    return result;
  }

  private static String row(String name, double bits, float[] exact, float[] stored) {
    var row = new StringBuilder(text("%-5s %5.3g  ", name, bits));
    for (int i = 0; i < 5; i++) {
      row.append(text(" %7.4f", stored[i] + 0f)); // without the sign of a zero
    }
    double error = 0;
    for (int i = 0; i < exact.length; i++) {
      error += Math.abs(exact[i] - stored[i]);
    }
    return row.append(text("   %.5f", error / exact.length)).toString();
  }

  static void lora(Engine engine, Consumer<String> lines) {
    var llama = published("llama-2-7b");
    lines.accept(text("Llama 2 7B has %,d parameters", llama.count().trainable()));
    for (var method :
        new String[] {
          "lora:r=1,targets=q_proj+v_proj",
          "lora:r=8,targets=q_proj+v_proj",
          "lora:r=16,targets=all-linear"
        }) {
      long trained = TuningMethod.parse(method).trainable(config("llama-2-7b"));
      lines.accept(
          text(
              "%-31s %,11d  %.3f %%",
              method, trained, 100.0 * trained / llama.count().trainable()));
    }
    low(engine, lines);
  }

  /// A product of two narrow matrices changes all numbers of a wide one.
  private static void low(Engine engine, Consumer<String> lines) {
    try (var arena = engine.memory().open("low rank")) {
      var down = arena.floats(4, 1).copyFrom(new float[] {1, 0, -1, 2});
      var up = arena.floats(1, 4).copyFrom(new float[] {0.5f, 1, 0, -1});
      var product = arena.floats(4, 4);
      engine.kernels().product().multiply(Matrix.of(down), Matrix.of(up), Matrix.of(product));
      lines.accept("8 numbers, (1, 0, -1, 2) times (0.5, 1, 0, -1), change 16:");
      for (int row = 0; row < 4; row++) {
        var numbers = product.slice(row, 1).toArray();
        lines.accept(
            text("  %5.1f %5.1f %5.1f %5.1f", numbers[0], numbers[1], numbers[2], numbers[3]));
      }
    }
  }

  static void experts(Engine engine, Consumer<String> lines) {
    lines.accept(text("%-14s %19s %19s", "", "parameters", "active for a token"));
    for (var name : new String[] {"mistral-7b", "mixtral-8x7b", "mixtral-8x22b"}) {
      var count = published(name).count();
      lines.accept(text("%-14s %,19d %,19d", name, count.trainable(), count.active()));
    }
    var scores = new float[] {0.3f, 2.1f, -0.5f, 1.2f, 0.1f, -1, 0.8f, 0};
    try (var arena = engine.memory().open("router")) {
      var row = arena.floats(1, scores.length).copyFrom(scores);
      engine.kernels().predictions().softmax(Matrix.of(row), 1);
      var line = new StringBuilder("what a router may say of 8 experts:");
      for (float share : row.toArray()) {
        line.append(text(" %.0f %%", 100 * share));
      }
      lines.accept(line.toString());
      lines.accept(
          "the second and the fourth are asked, and their answers weighed by their shares");
    }
  }
}
