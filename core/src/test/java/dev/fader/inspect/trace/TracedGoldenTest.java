package dev.fader.inspect.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.inspect.trace.LogitAttribution.Part;
import dev.fader.kernel.Engine;
import dev.fader.model.Decoder;
import dev.fader.model.Golden;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.model.Place;
import dev.fader.model.Site;
import dev.fader.model.TinyModels;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.intervention.Addition;
import dev.fader.model.intervention.Gain;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// What the views show adds up to what the model does: on small models of the families whose right
/// logits are known, from directories and from GGUF files, and on models of all kinds of layers
/// with weights so wide that every part matters.
class TracedGoldenTest {
  private static final long SEED = 20261130;

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Engine engine = new Engine(2, memory);
  private final TensorArena arena = memory.open("test");
  private final SplittableRandom random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    engine.close();
    arena.close();
    assertEquals(List.of(), memory.openArenas());
  }

  static List<ModelConfig> configs() {
    return TinyModels.all();
  }

  /// A model with parameters wide enough that every part of it shows.
  private TracedModel wide(ModelConfig config) {
    var learned = Parameters.learned(config, arena, arena);
    var tensors = new LinkedHashMap<String, Tensor>();
    learned.entries().forEach((name, variable) -> tensors.put(name, variable.value()));
    for (var value : tensors.values()) {
      for (long i = 0; i < value.elements(); i++) {
        value.set(i, (float) (0.3 * random.nextGaussian()));
      }
    }
    var decoder = new Decoder(Parameters.fixed(config, tensors), arena);
    return new TracedModel(decoder, Optional::empty, engine);
  }

  private static int[] ids(SplittableRandom random, int count) {
    return random.ints(count, 0, 31).toArray();
  }

  /// Right logits are in float64, and those of the model within 1e-4 of them (`GoldenModelTest`).
  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/gpt2",
        "models/llama",
        "models/qwen3",
        "models/gemma2",
        "families/mixtral",
        "families/deepseek-v3"
      })
  void theLensEndsWithTheRightLogits(String name) throws IOException {
    var directory = Golden.directory(name);
    var golden = Golden.json(directory.resolve("golden.json"));
    try (var model = LoadedModel.open(directory, memory)) {
      check(golden, new TracedModel(model, engine));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"olmo2", "gpt-oss", "deepseek-v2"})
  void soItDoesForGgufFiles(String name) throws IOException {
    var golden = Golden.json(Golden.directory("families/" + name).resolve("golden.json"));
    var path = Golden.directory("gguf-families").resolve(name + ".gguf");
    try (var model = LoadedModel.open(path, memory)) {
      check(golden, new TracedModel(model, engine));
    }
  }

  private static void check(JsonNode golden, TracedModel model) {
    var ids = Golden.ints(golden.get("input_ids"));
    int last = ids.length - 1;
    var expected = expected(golden, last);
    var lens = LogitLens.of(model, ids, LogitLens.Question.ofLast(ids, 3));
    var column = lens.columns().getFirst();
    assertEquals(model.config().layers() + 1, column.readings().size());
    var end = column.readings().getLast();
    assertEquals(1, end.rank());
    assertEquals(0, end.divergence(), 1e-9);
    for (var candidate : end.top()) {
      assertEquals(expected[candidate.id()], candidate.logit(), 1e-4);
    }
    var parts = LogitAttribution.of(model, ids, last, TokenMeasure.logProbability(column.target()));
    double cap = model.config().embedding().logitSoftCap();
    double capped = cap == 0 ? parts.sum() : cap * Math.tanh(parts.sum() / cap);
    assertEquals(expected[column.target()], capped, 1e-4);
  }

  private static double[] expected(JsonNode golden, int position) {
    var positions = golden.get("logits_positions");
    for (int i = 0; i < golden.get("logits").size(); i++) {
      if (positions == null ? i == position : positions.get(i).intValue() == position) {
        var row = golden.get("logits").get(i);
        var values = new double[row.size()];
        Arrays.setAll(values, id -> row.get(id).doubleValue());
        return values;
      }
    }
    throw new AssertionError("no logits at " + position);
  }

  /// Float32 rounds the stream after each of a dozen additions, relative to its numbers: 1e-5 of
  /// all that the parts add and take away again is ten times that.
  @ParameterizedTest
  @MethodSource("configs")
  void partsSumToTheLogit(ModelConfig config) {
    var model = wide(config);
    var ids = ids(random, 13);
    for (var asked : List.of(TokenMeasure.logProbability(7), TokenMeasure.logitDifference(7, 30))) {
      for (int position : new int[] {0, 12}) {
        var attribution = LogitAttribution.of(model, ids, position, asked);
        double size = 0;
        int heads = 0;
        for (var part : attribution.parts()) {
          size += Math.abs(part.logit());
          heads += part.source() == LogitAttribution.Source.HEAD ? 1 : 0;
        }
        assertEquals(config.layers() * config.attention().heads(), heads);
        assertEquals(attribution.logit(), attribution.sum(), 1e-5 * size, "seed " + SEED);
      }
    }
  }

  /// Every source is there once, in the order of the layers.
  @ParameterizedTest
  @MethodSource("configs")
  void everySourceIsNamed(ModelConfig config) {
    var model = wide(config);
    var ids = ids(random, 9);
    var attribution = LogitAttribution.of(model, ids, 8, TokenMeasure.logProbability(3));
    var sources = attribution.parts().stream().filter(TracedGoldenTest::isBranch).toList();
    assertEquals(
        1 + config.layers() * (config.attention().heads() + 1), sources.size(), sources::toString);
    assertEquals(LogitAttribution.Source.EMBEDDING, sources.getFirst().source());
    for (int i = 1; i < sources.size(); i++) {
      assertTrue(sources.get(i).layer() >= sources.get(i - 1).layer());
    }
  }

  private static boolean isBranch(Part part) {
    return switch (part.source()) {
      case EMBEDDING, HEAD, FEED_FORWARD -> true;
      case ATTENTION_BIAS, NORM_BIAS -> false;
    };
  }

  /// The map's weights, times the values, are what the head has gathered: sums of a dozen products
  /// in float32.
  @ParameterizedTest
  @MethodSource("configs")
  void attentionWeighsTheValuesThatTheHeadsGather(ModelConfig config) {
    var model = wide(config);
    var ids = ids(random, 13);
    var attention = config.attention();
    for (int layer = 0; layer < config.layers(); layer++) {
      var states = Site.STATES.in(layer);
      var heads = Site.HEADS.in(layer);
      try (var pass = new TextPass(model, ids)) {
        var seen = pass.observe(List.of(states, heads));
        for (int head = 0; head < attention.heads(); head++) {
          var map = AttentionMap.of(model, ids, layer, head);
          assertWeighs(config, map, seen.at(states), seen.at(heads));
        }
      }
    }
  }

  private static void assertWeighs(
      ModelConfig config, AttentionMap map, Tensor states, Tensor heads) {
    var attention = config.attention();
    int size = attention.stateSize();
    int group = attention.heads() / attention.keyValueHeads();
    int column = (attention.heads() + attention.keyValueHeads() + map.head() / group) * size;
    int valueSize = heads.shape().size(1) / attention.heads();
    int columns = states.shape().size(1);
    for (int t = 0; t < map.weights().length; t++) {
      double total = map.sinks()[t];
      var gathered = new double[valueSize];
      for (int from = 0; from <= t; from++) {
        float weight = map.weights()[t][from];
        total += weight;
        for (int i = 0; i < valueSize; i++) {
          gathered[i] += weight * states.get((long) from * columns + column + i);
        }
      }
      assertEquals(1, total, 1e-5);
      for (int i = 0; i < valueSize; i++) {
        long at = (long) t * attention.heads() * valueSize + (long) map.head() * valueSize + i;
        assertEquals(gathered[i], heads.get(at), 1e-5 * Math.max(1, Math.abs(gathered[i])));
      }
    }
  }

  /// The slope of a dial is that of the measure when it is turned: central differences of 0.01 in
  /// the gain, whose rounding is about 1e-6 / 0.02, and whose cubic term is far below it here.
  @ParameterizedTest
  @MethodSource("configs")
  void slopesAreWhatTurningDoes(ModelConfig config) {
    var model = wide(config);
    var ids = ids(random, 9);
    for (var asked : List.of(TokenMeasure.logProbability(5), TokenMeasure.logitDifference(5, 11))) {
      var sensitivity = Sensitivity.of(model, ids, 8, asked);
      assertEquals(measure(model, ids, asked, Optional.empty()), sensitivity.value(), 1e-4);
      double largest = 0;
      for (var dial : sensitivity.dials()) {
        largest = Math.max(largest, Math.abs(dial.slope()));
      }
      for (var dial : sensitivity.dials()) {
        if (dial.layer() == 1) {
          double above = turned(model, ids, asked, dial, 1.01f);
          double below = turned(model, ids, asked, dial, 0.99f);
          assertEquals(
              (above - below) / 0.02, dial.slope(), 0.01 * largest + 1e-3, dial.toString());
        }
      }
    }
  }

  private double turned(
      TracedModel model, int[] ids, TokenMeasure asked, Sensitivity.Dial dial, float gain) {
    var config = model.config();
    int size = config.attention().stateSize();
    int head = config.attention().outputWidth() / config.attention().heads();
    int values = (config.attention().heads() + config.attention().keyValueHeads()) * size;
    int all = config.width();
    return switch (dial.kind()) {
      case LAYER ->
          measure(
              new TracedModel(
                  model.decoder().intervened(gain(Site.ATTENTION.in(dial.layer()), 0, all, gain)),
                  Optional::empty,
                  engine),
              ids,
              asked,
              Optional.of(gain(Site.FEED_FORWARD.in(dial.layer()), 0, all, gain)));
      case ATTENTION -> turned(model, ids, asked, gain(Site.ATTENTION.in(1), 0, all, gain));
      case FEED_FORWARD -> turned(model, ids, asked, gain(Site.FEED_FORWARD.in(1), 0, all, gain));
      case HEAD ->
          turned(model, ids, asked, gain(Site.HEADS.in(1), dial.index() * head, head, gain));
      case QUERIES ->
          turned(
              model,
              ids,
              asked,
              gain(Site.STATES.in(1), 0, config.attention().heads() * size, gain));
      case VALUES ->
          turned(
              model,
              ids,
              asked,
              gain(Site.STATES.in(1), values, config.attention().keyValueHeads() * size, gain));
      case EXPERT -> turned(model, ids, asked, gain(Site.EXPERTS.in(1), dial.index(), 1, gain));
    };
  }

  private double turned(TracedModel model, int[] ids, TokenMeasure asked, Gain gain) {
    return measure(model, ids, asked, Optional.of(gain));
  }

  private Gain gain(Place place, int column, int columns, float gain) {
    var factors = arena.floats(columns);
    for (int i = 0; i < columns; i++) {
      factors.set(i, gain);
    }
    return new Gain(place, column, Variable.fixed(factors));
  }

  private static double measure(
      TracedModel model, int[] ids, TokenMeasure asked, Optional<Gain> gain) {
    try (var pass = new TextPass(model, ids)) {
      var states = pass.run(gain.isPresent() ? gain.get() : (tape, x, place) -> x);
      return asked.of(pass.logits(states, ids.length - 1));
    }
  }

  /// What is put before a layer at every position makes the other text's answer; in the last
  /// positions of a longer text as well, where the texts end alike for all layers.
  @ParameterizedTest
  @MethodSource("configs")
  void patchingAllOfALayerEqualsTheOtherRun(ModelConfig config) {
    var model = wide(config);
    var texts = new Patching.Texts(ids(random, 9), ids(random, 9));
    var asked = TokenMeasure.logitDifference(3, 17);
    var whole = Patching.ofLayers(model, texts, Site.RESIDUAL, asked);
    assertEquals(measure(model, texts.source(), asked, Optional.empty()), whole.source(), 1e-4);
    assertEquals(measure(model, texts.target(), asked, Optional.empty()), whole.target(), 1e-4);
    for (int layer = 0; layer < config.layers(); layer++) {
      // Rows of several texts, and from a layer on, are computed as those of one are.
      assertEquals(whole.source(), whole.values()[layer][0], 1e-4);
      assertEquals(1, whole.share(layer, 0), 1e-3);
    }
  }

  /// A text that gets its own numbers stays what it is, wherever they are put.
  @ParameterizedTest
  @MethodSource("configs")
  void ownNumbersChangeNothing(ModelConfig config) {
    var model = wide(config);
    var ids = ids(random, 9);
    var texts = new Patching.Texts(ids, ids);
    var asked = TokenMeasure.logProbability(3);
    for (var grid :
        List.of(
            Patching.ofPositions(model, texts, Site.RESIDUAL, asked),
            Patching.ofPositions(model, texts, Site.FEED_FORWARD, asked),
            Patching.ofHeads(model, texts, asked))) {
      for (var layer : grid.values()) {
        var expected = new double[layer.length];
        Arrays.fill(expected, grid.target());
        assertArrayEquals(expected, layer, 1e-4);
      }
    }
    var own = Ablation.of(model, ids, asked, new Ablation.Filling.Other(ids));
    for (var loss : own.losses()) {
      assertEquals(own.value(), loss.value(), 1e-4, loss.toString());
    }
  }

  /// What ablation by zero says is what a gain of 0 does.
  @ParameterizedTest
  @MethodSource("configs")
  void ablationByZeroIsAGainOfZero(ModelConfig config) {
    var model = wide(config);
    var ids = ids(random, 9);
    var asked = TokenMeasure.logProbability(3);
    var ablation = Ablation.of(model, ids, asked, new Ablation.Filling.Zero());
    for (var loss : ablation.losses()) {
      if (loss.layer() == 0) {
        var kind = Sensitivity.Kind.valueOf(loss.kind().name());
        var dial = new Sensitivity.Dial(kind, 0, loss.head(), 0);
        double expected = muted(model, ids, asked, dial);
        assertEquals(expected, loss.value(), 1e-4, loss.toString());
      }
    }
  }

  private double muted(TracedModel model, int[] ids, TokenMeasure asked, Sensitivity.Dial dial) {
    int size = model.config().attention().outputWidth() / model.config().attention().heads();
    int all = model.config().width();
    var attention = gain(Site.ATTENTION.in(0), 0, all, 0);
    var feedForward = gain(Site.FEED_FORWARD.in(0), 0, all, 0);
    return switch (dial.kind()) {
      case HEAD -> turned(model, ids, asked, gain(Site.HEADS.in(0), dial.index() * size, size, 0));
      case ATTENTION -> turned(model, ids, asked, attention);
      case FEED_FORWARD -> turned(model, ids, asked, feedForward);
      default ->
          turned(
              new TracedModel(model.decoder().intervened(attention), Optional::empty, engine),
              ids,
              asked,
              feedForward);
    };
  }

  /// The lens of every position ends with the logits of the plain pass, to the bit.
  @ParameterizedTest
  @MethodSource("configs")
  void theLensEndsWithTheModel(ModelConfig config) {
    var model = wide(config);
    var ids = ids(random, 9);
    var tape = new Tape(engine.kernels(), arena, Tape.Mode.INFER);
    var tokens = TokenBlock.ofSequences(TinyModels.ids(arena, ids), 1, ids.length);
    var output = model.decoder().forward(tape, tokens);
    var logits =
        tape.logits(output, model.decoder().head(tape), config.embedding().logitSoftCap())
            .value()
            .toArray();
    var question = new LogitLens.Question(new int[] {0, 4, 8}, 31, OptionalInt.of(13));
    for (var column : LogitLens.of(model, ids, question).columns()) {
      for (var candidate : column.readings().getLast().top()) {
        // Few rows may be summed in another order than many.
        assertEquals(
            logits[column.position() * 31 + candidate.id()], candidate.logit(), 2e-5f * 31);
      }
      assertEquals(13, column.target());
    }
  }

  /// An expert that no token chose can be muted without a trace, one that some chose cannot; the
  /// weights of gpt-oss sum to 1, those of the others to what the routing makes of them.
  @ParameterizedTest
  @MethodSource("configs")
  void expertsThatAreChosenMatter(ModelConfig config) {
    var model = wide(config);
    var ids = ids(random, 3);
    if (config.feedForward().experts().isEmpty()) {
      var thrown = assertThrows(IllegalArgumentException.class, () -> ExpertChoices.of(model, ids));
      assertEquals(
          "the model has no experts: each token goes through all of it", thrown.getMessage());
      return;
    }
    var asked = TokenMeasure.logProbability(5);
    double value = measure(model, ids, asked, Optional.empty());
    for (var layer : ExpertChoices.of(model, ids).layers()) {
      var routing = config.feedForward().experts(layer.layer()).orElseThrow().routing();
      assertEquals(ids.length, layer.experts().length);
      for (var weights : layer.weights()) {
        assertEquals(routing.perToken(), weights.length);
        double sum = 0;
        for (float weight : weights) {
          sum += weight;
        }
        assertEquals(routing.scale(), sum, routing.normalized() ? 1e-6 : routing.scale());
      }
      var tokens = layer.tokens();
      for (int expert = 0; expert < tokens.length; expert++) {
        var muted = gain(Site.EXPERTS.in(layer.layer()), expert, 1, 0);
        boolean same = value == turned(model, ids, asked, muted);
        int own = expert;
        boolean byLast = Arrays.stream(layer.experts()[2]).anyMatch(chosen -> chosen == own);
        boolean last = layer.layer() == config.layers() - 1; // others are not read any more
        assertEquals(last ? !byLast : tokens[expert] == 0, same, layer.layer() + " " + expert);
      }
    }
  }

  /// A model that is turned is looked at as it is then: nothing that is done to it is done twice.
  @Test
  void viewsSeeTheModelAsItIsTurned() {
    var plain = wide(TinyModels.llama());
    var row = arena.floats(plain.config().width());
    row.set(3, 5);
    var steering = new Addition(Site.RESIDUAL.in(1), Variable.fixed(row), 1);
    var model = new TracedModel(plain.decoder().intervened(steering), Optional::empty, engine);
    var ids = ids(random, 9);
    var asked = TokenMeasure.logProbability(3);
    double value = measure(model, ids, asked, Optional.empty());
    assertTrue(Math.abs(value - measure(plain, ids, asked, Optional.empty())) > 1e-3);
    var grid = Patching.ofPositions(model, new Patching.Texts(ids, ids), Site.RESIDUAL, asked);
    for (var layer : grid.values()) {
      for (double patched : layer) {
        assertEquals(value, patched, 1e-4);
      }
    }
    var lens =
        LogitLens.of(model, ids, new LogitLens.Question(new int[] {8}, 1, OptionalInt.of(3)));
    assertEquals(value, lens.columns().getFirst().readings().getLast().logProbability(), 1e-4);
    assertEquals(value, Sensitivity.of(model, ids, 8, asked).value(), 1e-4);
  }
}
