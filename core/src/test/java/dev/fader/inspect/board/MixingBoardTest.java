package dev.fader.inspect.board;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.ContextFullException;
import dev.fader.generate.Prediction;
import dev.fader.generate.Session;
import dev.fader.generate.SessionPool;
import dev.fader.kernel.Engine;
import dev.fader.model.ActivationType;
import dev.fader.model.Golden;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.ParameterSpec;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.mix.CellValue;
import dev.fader.model.mix.Fader;
import dev.fader.model.mix.Level;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.MixException;
import dev.fader.model.mix.Selection;
import dev.fader.model.mix.Steering;
import dev.fader.model.mix.Target;
import dev.fader.tensor.DType;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the board says is what a session of the mixed model reads, whatever was turned before.
@SuppressWarnings("try") // what closing early does is what is tested
class MixingBoardTest {
  private static final long SEED = 20261130;
  private final TensorMemory memory = TensorMemory.unlimited();
  private final Engine engine = new Engine(2, memory);
  private final SplittableRandom random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    engine.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private LoadedModel open(String name) throws IOException {
    return LoadedModel.open(Golden.directory(name), memory);
  }

  private LoadedModel openFile(String name) throws IOException {
    int slash = name.indexOf('/');
    return LoadedModel.open(
        Golden.directory(name.substring(0, slash)).resolve(name.substring(slash + 1)), memory);
  }

  private int[] tokens(LoadedModel model, int count) {
    int most = Math.min(count, model.config().context());
    return random.ints(most, 0, model.config().vocabularySize()).toArray();
  }

  /// What `fader predict --mix` computes.
  private Prediction read(LoadedModel model, List<AdapterSource> adapters, Mix mix, int... tokens)
      throws IOException {
    try (var mixed = model.with(adapters, mix, engine.kernels())) {
      mixed.decoder().takeActivationsAs(ActivationType.FLOAT32);
      var limits = KeyValueLimits.DEFAULTS.withType(DType.FLOAT32);
      var pool = new SessionPool(mixed.decoder(), engine.kernels(), memory, limits);
      try (var session = new Session(pool, tokens.length)) {
        int last = tokens.length - 1;
        return Prediction.at(session, tokens, List.of(last)).get(last);
      }
    }
  }

  private static void assertSame(Prediction expected, Prediction actual, Object what) {
    assertEquals(expected.position(), actual.position());
    assertArrayEquals(expected.logits(), actual.logits(), 0, () -> what + ", seed " + SEED);
  }

  private static Fader fader(String target, double gain) {
    return Fader.of(Target.parse(target), new Level.Constant(gain));
  }

  private static Mix mix(Fader... faders) {
    return new Mix(List.of(faders), List.of(), List.of());
  }

  private double gain() {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> -0.5;
      default -> 0.25 + random.nextDouble() * 2;
    };
  }

  /// Some fader, steering vector or cell, of any kind that a model has.
  private Mix turn(Mix mix, LoadedModel model) {
    var config = model.config();
    int layer = random.nextInt(config.layers());
    var specs = model.decoder().parameters().specs();
    var spec = specs.get(random.nextInt(specs.size()));
    String at = "layers." + layer;
    return switch (random.nextInt(11)) {
      case 0 -> mix.with(fader(at, gain()));
      case 1 -> mix.with(fader(at + ".attention", gain()));
      case 2 -> mix.with(fader("layers.*.feed-forward", 1).withLevel(Level.parse("-1dB")));
      case 3 ->
          mix.with(fader(at + ".heads." + random.nextInt(config.attention().heads()), gain()));
      case 4 ->
          config.feedForward().experts(layer).isPresent()
              ? mix.with(fader(at + ".experts.1", gain()))
              : mix.with(fader(at + ".neurons.0,3-5", gain()));
      case 5 -> mix.with(fader("embedding." + random.nextInt(config.vocabularySize()), gain()));
      case 6 -> mix.with(fader("tensors." + quoted(spec), gain()));
      case 7 -> mix.with(fader("tensors." + quoted(spec) + "[0]", gain()));
      case 8 -> mix.with(new CellValue(spec.name(), 0, columns(spec) - 1, (float) gain()));
      case 9 -> mix.with(steering(random.nextInt(config.layers() + 1), config.width()));
      default -> mix.faders().isEmpty() ? mix : mix.without(mix.faders().getFirst().targets());
    };
  }

  private static String quoted(ParameterSpec spec) {
    return "^" + spec.name().replace(".", "\\.") + "$";
  }

  private static int columns(ParameterSpec spec) {
    return spec.shape().size(spec.shape().rank() - 1);
  }

  private Steering steering(int layer, int width) {
    var vector = new ArrayList<Float>();
    for (int i = 0; i < width; i++) {
      vector.add((float) random.nextGaussian() / 8);
    }
    return new Steering(Selection.of(layer), vector, 0.75f);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/gpt2",
        "models/llama",
        "models/llama3-tied-rope-scaled",
        "models/mistral-sliding",
        "models/gemma2",
        "families/mixtral",
        "families/deepseek-v3",
        "families/gpt-oss",
        "families/olmo2",
        "families/phi3"
      })
  void everyTurnHasTheBitsOfASession(String name) throws IOException {
    try (var model = open(name)) {
      for (int count : new int[] {1, 13, 31}) {
        turnAtRandom(model, tokens(model, count), 5);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gguf/wide256-q4_k_m.gguf", "gguf-families/granite.gguf"})
  void soHasItOfQuantizedFiles(String name) throws IOException {
    try (var model = openFile(name)) {
      turnAtRandom(model, tokens(model, 13), 4);
    }
  }

  private void turnAtRandom(LoadedModel model, int[] tokens, int turns) throws IOException {
    try (var board = new MixingBoard(model, List.of(), engine, tokens)) {
      assertSame(read(model, List.of(), Mix.NEUTRAL, tokens), board.base(), "neutral");
      var mix = Mix.NEUTRAL;
      for (int i = 0; i < turns; i++) {
        mix = turn(mix, model);
        if (i % 3 == 1) { // something else is turned in between, as by the other of A and B
          board.turned(turn(Mix.NEUTRAL, model));
        }
        if (i % 3 == 2) {
          breakOff(board, turn(mix, model));
        }
        assertSame(read(model, List.of(), mix, tokens), board.turned(mix).prediction(), mix);
      }
      assertSame(board.base(), board.turned(Mix.NEUTRAL).prediction(), "neutral again");
    }
  }

  private void breakOff(MixingBoard board, Mix mix) {
    var asked = new AtomicInteger();
    int most = random.nextInt(3);
    try {
      board.turned(mix, () -> asked.incrementAndGet() > most);
    } catch (CancellationException stopped) {
      assertTrue(asked.get() > most);
    }
  }

  /// Longer than a block of a session, and than a window.
  @Test
  void longPromptsAreReadInTheBlocksOfASession() throws IOException {
    try (var model = openFile("gguf/wide256-q4_0.gguf")) {
      int[] tokens = tokens(model, 300);
      var mix = mix(fader("layers.1.heads.0", 0.5));
      try (var board = new MixingBoard(model, List.of(), engine, tokens)) {
        assertSame(read(model, List.of(), Mix.NEUTRAL, tokens), board.base(), "neutral");
        assertSame(read(model, List.of(), mix, tokens), board.turned(mix).prediction(), mix);
      }
    }
  }

  @Test
  void onlyWhatLiesAboveIsComputed() throws IOException {
    try (var model = open("models/llama")) {
      int layers = model.config().layers();
      int top = layers - 1;
      int[] tokens = {3, 1, 4, 1, 5};
      try (var board = new MixingBoard(model, List.of(), engine, tokens)) {
        assertEquals(0, board.turned(Mix.NEUTRAL).layersComputed());
        assertEquals(0, board.turned(mix(fader("layers.0", 1))).layersComputed());
        var high = mix(fader("layers." + top + ".heads.0", 0.5));
        assertEquals(1, board.turned(high).layersComputed());
        assertEquals(0, board.turned(high).layersComputed());
        var both = high.with(fader("layers.0.attention", 0.5));
        assertEquals(layers, board.turned(both).layersComputed());
        // What lies below the top is that of the mix before.
        var other = both.with(fader("layers." + top + ".heads.0", 0.25));
        assertEquals(1, board.turned(other).layersComputed());
        assertEquals(0, board.turned(other).layersComputed());
        assertEquals(0, board.turned(Mix.NEUTRAL).layersComputed());
        assertEquals(0, board.turned(other).layersComputed(), "kept over a look at what was");
        assertEquals(0, board.turned(mix(fader("tensors.lm_head[3]", 2))).layersComputed());
        assertEquals(0, board.turned(mix(fader("tensors.^model.norm", 2))).layersComputed());
        assertEquals(layers, board.turned(mix(fader("embedding.4", 2))).layersComputed());
        assertEquals(0, board.turned(mix(fader("embedding.9", 2))).layersComputed(), "not read");
        var added = Mix.NEUTRAL.with(steering(1, model.config().width()));
        assertEquals(layers - 1, board.turned(added).layersComputed());
        var behind = Mix.NEUTRAL.with(steering(layers, model.config().width()));
        assertEquals(0, board.turned(behind).layersComputed());
        assertFalse(board.turned(behind).prediction().logSumExp() == board.base().logSumExp());
      }
    }
  }

  @Test
  void aBrokenOffTurnLeavesNothingWrong() throws IOException {
    try (var model = open("models/llama")) {
      int[] tokens = tokens(model, 13);
      try (var board = new MixingBoard(model, List.of(), engine, tokens)) {
        var mix = mix(fader("layers.0", 0.5));
        board.turned(mix);
        var asked = new AtomicInteger();
        assertThrows(
            CancellationException.class,
            () -> board.turned(mix(fader("layers.0", 2)), () -> asked.incrementAndGet() > 1));
        assertEquals(2, asked.get());
        var high = mix.with(fader("layers.1.heads.1", 0));
        assertSame(read(model, List.of(), high, tokens), board.turned(high).prediction(), high);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora-qv", "dora", "lora-head", "ia3", "lora-embedding", "lora-layers"})
  void adaptersAreStrips(String name) throws IOException {
    try (var model = open("models/llama")) {
      int[] tokens = tokens(model, 13);
      var adapters = List.of(AdapterSource.of(Golden.directory("adapters/" + name)));
      try (var board = new MixingBoard(model, adapters, engine, tokens)) {
        assertSame(read(model, adapters, Mix.NEUTRAL, tokens), board.base(), name);
        var mix = mix(fader("layers.1.attention", 0.5));
        assertSame(read(model, adapters, mix, tokens), board.turned(mix).prediction(), name);
        var cell = mix.with(new CellValue("model.layers.1.mlp.down_proj.weight", 0, 0, 1));
        assertSame(read(model, adapters, cell, tokens), board.turned(cell).prediction(), name);
        if (!name.equals("dora") && !name.equals("ia3")) {
          var half = mix.with(fader("adapters.0", 0.5));
          assertSame(read(model, adapters, half, tokens), board.turned(half).prediction(), name);
        }
        assertSame(board.base(), board.turned(Mix.NEUTRAL).prediction(), name);
      }
    }
  }

  /// Against central differences of what the board itself predicts. Its logits are float32 of order
  /// 10, so that a logarithm of a probability is right to about 1e-6, and a difference over 2h with
  /// h = 1/64 to 1e-4; the third derivative adds h^2/6, some 1e-4 more for slopes of order 1.
  @ParameterizedTest
  @ValueSource(strings = {"models/llama", "models/gpt2", "families/mixtral"})
  void slopesAreThoseOfTheBoard(String name) throws IOException {
    try (var model = open(name)) {
      int[] tokens = tokens(model, 7);
      double h = 1.0 / 64;
      try (var board = new MixingBoard(model, List.of(), engine, tokens)) {
        var mix =
            mix(
                fader("layers.0", 0.7),
                fader("layers.1.attention", 1).withMuted(true),
                fader("layers.*.heads.1", 1.5),
                fader("layers.1.heads.0", 0.5),
                fader("layers.0.heads.1", 0));
        var slopes = board.slopes(mix, 3, () -> false);
        assertEquals(board.turned(mix).prediction().top(3), slopes.tokens());
        double largest = 0;
        for (var dial : slopes.dials()) {
          var own = mix.fader(List.of(dial.target()));
          double gain = own.map(one -> one.muted() ? 0 : one.level().at(0)).orElse(1.0);
          var up = Fader.of(dial.target(), new Level.Constant(gain + h));
          var down = Fader.of(dial.target(), new Level.Constant(gain - h));
          var above = board.turned(mix.with(up)).prediction();
          var below = board.turned(mix.with(down)).prediction();
          for (int i = 0; i < 3; i++) {
            int id = slopes.tokens().get(i).id();
            double expected = (below.loss(id) - above.loss(id)) / (2 * h);
            double found = dial.slopes().get(i);
            largest = Math.max(largest, Math.abs(found));
            assertEquals(expected, found, 1e-3 + 1e-3 * Math.abs(found), dial.target()::toString);
          }
        }
        assertTrue(largest > 0.01, "something matters");
      }
    }
  }

  /// More tokens than go through the model at once: each has what it has alone, up to how products
  /// of other sizes round.
  @Test
  void slopesOfManyTokensAreThoseOfEach() throws IOException {
    try (var model = open("models/llama")) {
      int[] tokens = tokens(model, 128);
      try (var board = new MixingBoard(model, List.of(), engine, tokens)) {
        var five = board.slopes(Mix.NEUTRAL, 5, () -> false); // four of 128 rows, and one
        var one = board.slopes(Mix.NEUTRAL, 1, () -> false);
        for (int i = 0; i < one.dials().size(); i++) {
          assertEquals(5, five.dials().get(i).slopes().size());
          double alone = one.dials().get(i).slopes().getFirst();
          assertEquals(alone, five.dials().get(i).slopes().getFirst(), 1e-4);
        }
        assertThrows(CancellationException.class, () -> board.slopes(Mix.NEUTRAL, 3, () -> true));
      }
    }
  }

  @Test
  void whatCannotBeIsSaid() throws IOException {
    try (var model = open("models/llama")) {
      assertMessage(
          IllegalArgumentException.class,
          "the prompt has no tokens: give some",
          () -> new MixingBoard(model, List.of(), engine).close());
      int vocabulary = model.config().vocabularySize();
      assertMessage(
          IllegalArgumentException.class,
          "token %d is not in the vocabulary of %d: give ids from 0 to %d"
              .formatted(vocabulary, vocabulary, vocabulary - 1),
          () -> new MixingBoard(model, List.of(), engine, vocabulary).close());
      assertThrows(
          ContextFullException.class,
          () ->
              new MixingBoard(model, List.of(), engine, new int[model.config().context() + 1])
                  .close());
      try (var board = new MixingBoard(model, List.of(), engine, 1, 2, 3)) {
        var far = mix(fader("layers.0.attention", 1e30), fader("layers.*", 1e30));
        assertMessage(
            MixException.class,
            "the mix turns something so far up that the model's numbers overflow: turn gains or"
                + " strengths down",
            () -> board.turned(far));
        assertThrows(MixException.class, () -> board.turned(mix(fader("layers.9", 2))));
        assertSame(
            read(model, List.of(), Mix.NEUTRAL, 1, 2, 3),
            board.turned(Mix.NEUTRAL).prediction(),
            "neutral");
        board.close();
        assertMessage(
            IllegalStateException.class,
            "the board is closed: open another one",
            () -> board.turned(far));
      }
    }
  }

  /// Reading is stopped between two layers, and leaves nothing behind.
  @Test
  void readingIsStopped() throws IOException {
    try (var model = open("models/llama")) {
      long before = memory.bytes();
      var asked = new AtomicInteger();
      var prompt = new MixingBoard.Prompt(new int[] {1, 2, 3}, () -> asked.incrementAndGet() > 2);
      assertThrows(
          CancellationException.class,
          () -> new MixingBoard(model, List.of(), engine, prompt).close());
      assertEquals(3, asked.get());
      assertEquals(before, memory.bytes());
    }
  }

  /// Memory that is too little for a copy is told, and the board goes on.
  @Test
  void memoryIsLimited() throws IOException {
    var small = TensorMemory.within(memory, 3 << 20);
    try (var own = new Engine(2, small);
        var model = LoadedModel.open(head(), small)) {
      try (var board = new MixingBoard(model, List.of(), own, 1, 2, 3)) {
        assertTrue(board.bytes() > 0 && board.bytes() < 3 << 20, () -> "" + board.bytes());
        assertThrows(OutOfTensorMemory.class, () -> board.turned(mix(fader("tensors..*", 2))));
        var mix = mix(fader("layers.0", 2));
        assertSame(read(model, List.of(), mix, 1, 2, 3), board.turned(mix).prediction(), mix);
      }
    }
  }

  private static Path head() {
    return Golden.directory("gguf").resolve("wide256-q4_0.gguf");
  }

  private static void assertMessage(
      Class<? extends RuntimeException> type,
      String message,
      org.junit.jupiter.api.function.Executable action) {
    assertEquals(message, assertThrows(type, action).getMessage());
  }
}
