package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.SessionPool;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.row.Activation;
import dev.fader.model.intervention.Addition;
import dev.fader.model.intervention.Gain;
import dev.fader.model.intervention.Interventions;
import dev.fader.model.intervention.Observation;
import dev.fader.model.intervention.Replacement;
import dev.fader.model.intervention.Replacement.Block;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InterventionTest {
  private static final long SEED = 20261130;
  private static final int TIME = 13;

  private final TensorMemory memory = TensorMemory.unlimited();
  private final TensorArena arena = memory.open("test");
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);
  private final Tape infer = new Tape(kernels, arena, Tape.Mode.INFER);
  private final SplittableRandom random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    workers.close();
    arena.close();
    assertEquals(List.of(), memory.openArenas());
  }

  static List<ModelConfig> configs() {
    return TinyModels.all();
  }

  private Decoder decoder(ModelConfig config) {
    return new Decoder(TinyModels.random(config, arena, random), arena);
  }

  private int[] randomIds(int count) {
    return random.ints(count, 0, TinyModels.VOCABULARY).toArray();
  }

  private TokenBlock block(int[] ids) {
    return TokenBlock.ofSequences(TinyModels.ids(arena, ids), 1, ids.length);
  }

  private float[] output(Decoder decoder, int[] ids) {
    var output = decoder.forward(infer, block(ids)).value().toArray();
    infer.clear();
    return output;
  }

  /// The last norm's output of each token, read one by one: passes that are recorded.
  private float[] cachedOutput(Decoder decoder, int[] ids) {
    int width = decoder.config().embeddingWidth();
    var output = new float[ids.length * width];
    var limits = KeyValueLimits.DEFAULTS.withType(DType.FLOAT32);
    try (var pool = new SessionPool(decoder, kernels, memory, limits);
        var session = pool.open(TinyModels.CONTEXT)) {
      for (int id : ids) {
        session.readStates(
            new int[] {id},
            any -> true,
            (at, state) -> System.arraycopy(state, 0, output, at * width, width));
      }
    }
    return output;
  }

  /// The places of a model that are asked, with the columns of what flows there.
  private static Map<Place, Integer> places(ModelConfig config, boolean latentsAreCached) {
    var places = new LinkedHashMap<Place, Integer>();
    var attention = config.attention();
    int states = attention.heads() + 2 * attention.keyValueHeads();
    for (int layer = 0; layer < config.layers(); layer++) {
      var experts = config.feedForward().experts(layer);
      places.put(Site.RESIDUAL.in(layer), config.width());
      if (!(latentsAreCached && attention.latent().isPresent())) {
        places.put(Site.STATES.in(layer), states * attention.stateSize());
      }
      places.put(Site.HEADS.in(layer), attention.outputWidth());
      places.put(Site.ATTENTION.in(layer), config.width());
      places.put(Site.BETWEEN.in(layer), config.width());
      if (experts.isPresent()) {
        places.put(Site.ROUTER.in(layer), experts.get().count());
        places.put(Site.EXPERTS.in(layer), experts.get().count());
      }
      int neurons = experts.map(Experts::sharedWidth).orElse(config.feedForward().width());
      if (neurons > 0) {
        places.put(Site.NEURONS.in(layer), neurons);
      }
      places.put(Site.FEED_FORWARD.in(layer), config.width());
    }
    places.put(Site.RESIDUAL.in(config.layers()), config.width());
    places.put(Site.FINAL.in(0), config.embeddingWidth());
    return places;
  }

  @ParameterizedTest
  @MethodSource("configs")
  void everyFamilyPassesTheSamePlacesAndNothingChangesWhoLooks(ModelConfig config) {
    var decoder = decoder(config);
    var ids = randomIds(TIME);
    var asked = new LinkedHashMap<Place, Integer>();
    var looking =
        decoder.intervened((tape, x, place) -> {
          assertEquals(null, asked.put(place, x.value().shape().size(1)), "asked twice");
          return x;
        });
    assertArrayEquals(output(decoder, ids), output(looking, ids));
    assertEquals(List.copyOf(places(config, false).entrySet()), List.copyOf(asked.entrySet()));
    var cached = new LinkedHashMap<Place, Integer>();
    cachedOutput(
        decoder.intervened((tape, x, place) -> {
          cached.put(place, x.value().shape().size(1));
          return x;
        }),
        ids);
    assertEquals(places(config, true), cached);
  }

  @ParameterizedTest
  @MethodSource("configs")
  void gainsOfOneChangeNoBit(ModelConfig config) {
    var decoder = decoder(config);
    var ids = randomIds(TIME);
    for (boolean cached : new boolean[] {false, true}) {
      var gains = new ArrayList<Gain>();
      places(config, cached)
          .forEach((place, columns) -> gains.add(new Gain(place, 0, ones(columns))));
      var neutral = decoder.intervened(new Interventions(gains));
      assertArrayEquals(
          cached ? cachedOutput(decoder, ids) : output(decoder, ids),
          cached ? cachedOutput(neutral, ids) : output(neutral, ids));
    }
  }

  private Variable ones(int columns) {
    var ones = arena.floats(columns);
    for (int i = 0; i < columns; i++) {
      ones.set(i, 1);
    }
    return Variable.fixed(ones);
  }

  /// The slope of the loss along all gains at once, against central differences. Gains move by a
  /// few thousandths, the loss by about 0.02 of about 50, whose rounding is 1e-5; the curvature
  /// cancels up to the third order: far less than 1 %. Router scores that change who is chosen
  /// would make the loss jump, so the gains of routers stay.
  @ParameterizedTest
  @MethodSource("configs")
  void gradientsOfGainsMatchFiniteDifferences(ModelConfig config) {
    var decoder = new Decoder(frozen(decoder(config).parameters()), arena);
    var tokens = block(randomIds(TIME));
    var targets = TinyModels.ids(arena, randomIds(TIME));
    var factors = new ArrayList<Variable>();
    var gains = new ArrayList<Gain>();
    places(config, false)
        .forEach((place, columns) -> {
          if (place.site() != Site.ROUTER) {
            var learned = Variable.learned(ones(columns).value(), arena.floats(columns));
            factors.add(learned);
            gains.add(new Gain(place, 0, learned));
          }
        });
    var intervened = decoder.intervened(new Interventions(gains));
    var gradients = new ArrayList<List<float[]>>();
    for (var mode : List.of(Tape.Mode.TRAIN, Tape.Mode.TRAIN_RECOMPUTING)) {
      var tape = new Tape(kernels, arena, mode);
      factors.forEach(Variable::clearGradient);
      loss(intervened, tape, tokens, new HeadLoss(targets, 1, config.embedding().logitSoftCap()));
      tape.backward();
      gradients.add(factors.stream().map(some -> some.gradient().orElseThrow().toArray()).toList());
    }
    double slope = 0;
    for (int i = 0; i < factors.size(); i++) {
      assertArrayEquals(gradients.get(0).get(i), gradients.get(1).get(i), gains.get(i).toString());
      double own = 0;
      for (float some : gradients.get(0).get(i)) {
        own += (double) some * some;
      }
      assertTrue(own > 0, "no gradient at " + gains.get(i).place());
      slope += own;
    }
    double step = 0.02 / slope;
    var plain = new HeadLoss(targets, 0, config.embedding().logitSoftCap());
    move(factors, gradients.getFirst(), step);
    double above = loss(intervened, infer, tokens, plain);
    infer.clear();
    move(factors, gradients.getFirst(), -2 * step);
    double below = loss(intervened, infer, tokens, plain);
    infer.clear();
    assertEquals(slope, (above - below) / (2 * step), 0.01 * slope, "seed " + SEED);
  }

  private static Parameters frozen(Parameters learned) {
    var tensors = new LinkedHashMap<String, Tensor>();
    learned.entries().forEach((name, variable) -> tensors.put(name, variable.value()));
    return Parameters.fixed(learned.config(), tensors);
  }

  private static void move(List<Variable> factors, List<float[]> along, double step) {
    for (int i = 0; i < factors.size(); i++) {
      var value = factors.get(i).value();
      for (int c = 0; c < value.elements(); c++) {
        value.set(c, (float) (value.get(c) + step * along.get(i)[c]));
      }
    }
  }

  private double loss(Decoder decoder, Tape tape, TokenBlock tokens, HeadLoss headLoss) {
    var losses = arena.floats(tokens.rows());
    tape.headLoss(decoder.forward(tape, tokens), decoder.parameters().head(), headLoss, losses);
    double sum = 0;
    for (float loss : losses.toArray()) {
      sum += loss;
    }
    return sum;
  }

  /// Gains that turn each place down, and a vector on top of one, do the same to cached rows as to
  /// whole texts; products of few rows may run in another order of sums.
  @ParameterizedTest
  @MethodSource("configs")
  void cachedPassesChangeAsWholeOnesDo(ModelConfig config) {
    var decoder = decoder(config);
    var ids = randomIds(TIME);
    var interventions = new ArrayList<Intervention>();
    places(config, true)
        .forEach((place, columns) -> {
          if (place.site() != Site.STATES) {
            var factors = ones(columns);
            factors.value().set(columns / 2, 0.25f);
            interventions.add(new Gain(place, 0, factors));
          }
        });
    var row = arena.floats(config.width());
    row.set(3, 2);
    interventions.add(new Addition(Site.RESIDUAL.in(1), Variable.fixed(row), -0.5f));
    var changed = decoder.intervened(new Interventions(interventions));
    var whole = output(changed, ids);
    assertArrayEquals(whole, cachedOutput(changed, ids), 2e-4f);
    assertTrue(!Arrays.equals(whole, output(decoder, ids)));
  }

  /// Who takes over the stream before a layer gets the other text's output, by replacement and by
  /// starting there, to the bit.
  @ParameterizedTest
  @MethodSource("configs")
  void theStreamOfAnotherTextMakesItsOutput(ModelConfig config) {
    var decoder = decoder(config);
    var ids = randomIds(TIME);
    var other = randomIds(TIME);
    var expected = output(decoder, other);
    for (int layer = 0; layer <= config.layers(); layer++) {
      var seen = arena.floats(TIME, config.width());
      var place = Site.RESIDUAL.in(layer);
      var looking = decoder.intervened(new Observation(place, seen::copyFrom));
      assertArrayEquals(expected, output(looking, other));
      var patched = new Replacement(place, List.of(new Block(0, 0, seen)));
      assertArrayEquals(expected, output(decoder.intervened(patched), ids));
      var from = decoder.forwardFrom(infer, block(other), layer, Variable.fixed(seen));
      assertArrayEquals(expected, from.value().toArray());
      infer.clear();
    }
  }

  /// A gain of 0 on a branch is that branch replaced by zeros, and on an expert that of its weight.
  @Test
  void mutedIsReplacedByZeros() {
    var decoder = decoder(TinyModels.qwen3Moe(Experts.Layout.STACKED));
    int width = decoder.config().width();
    var ids = randomIds(TIME);
    for (var place : List.of(Site.ATTENTION.in(0), Site.FEED_FORWARD.in(1), Site.EXPERTS.in(3))) {
      int columns = place.site() == Site.EXPERTS ? 4 : width;
      var zeros = Variable.fixed(arena.floats(columns));
      var block = new Block(0, 0, arena.floats(TIME, columns));
      assertArrayEquals(
          output(decoder.intervened(new Gain(place, 0, zeros)), ids),
          output(decoder.intervened(new Replacement(place, List.of(block))), ids));
    }
  }

  /// All experts muted leave nothing of the branch.
  @Test
  void mutedExpertsAddNothing() {
    var decoder = decoder(TinyModels.gptOss());
    var muted = new Gain(Site.EXPERTS.in(2), 0, Variable.fixed(arena.floats(3)));
    var seen = arena.floats(TIME, decoder.config().width());
    var looking = new Observation(Site.FEED_FORWARD.in(2), seen::copyFrom);
    output(decoder.intervened(new Interventions(List.of(muted, looking))), randomIds(TIME));
    for (float some : seen.toArray()) {
      assertEquals(0, some, 0f);
    }
  }

  /// A decoder that skips zeros computes all neurons when they are looked at.
  @Test
  void sparseDecodersShowTheirNeurons() {
    var llama = TinyModels.llama();
    var config = llama.withFeedForward(llama.feedForward().withActivation(Activation.RELU, true));
    var parameters = decoder(config).parameters();
    var ids = randomIds(TIME);
    var seen = arena.floats(TIME, config.feedForward().width());
    var looking = new Observation(Site.NEURONS.in(1), seen::copyFrom);
    var sparse = Decoder.sparse(parameters, arena, true).intervened(looking);
    assertArrayEquals(output(new Decoder(parameters, arena), ids), output(sparse, ids));
    int zeros = 0;
    for (float some : seen.toArray()) {
      zeros += some == 0 ? 1 : 0;
    }
    assertTrue(zeros > 0 && zeros < seen.elements(), zeros + " zeros");
    assertEquals(Shape.of(TIME, config.feedForward().width()), seen.shape());
  }
}
