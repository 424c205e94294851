package dev.fader.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.SessionPool;
import dev.fader.grad.DropoutPlan;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DecoderTest {
  private static final long SEED = 20261122;

  private final TensorMemory memory = TensorMemory.unlimited();
  private final TensorArena arena = memory.open("test");
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);
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

  /// A decoder with parameters wide enough that every part of it shows in the loss.
  private Decoder decoder(ModelConfig config) {
    return new Decoder(TinyModels.random(config, arena, random), arena);
  }

  private Tensor targets(int rows) {
    var ids = random.ints(rows, 0, TinyModels.VOCABULARY).toArray();
    ids[rows / 2] = -1;
    return TinyModels.ids(arena, ids);
  }

  private double loss(Decoder decoder, Tape tape, TokenBlock tokens, HeadLoss headLoss) {
    var losses = arena.floats(tokens.rows());
    var output = decoder.forward(tape, tokens);
    tape.headLoss(output, decoder.parameters().head(), headLoss, losses);
    double sum = 0;
    for (float loss : losses.toArray()) {
      sum += loss;
    }
    return sum;
  }

  private static List<float[]> gradients(Decoder decoder) {
    var gradients = new ArrayList<float[]>();
    for (var variable : decoder.parameters().entries().values()) {
      gradients.add(variable.gradient().orElseThrow().toArray());
    }
    return gradients;
  }

  /// Along directions near the gradient, in which every parameter moves, the slope of the loss in
  /// central differences is the gradient's projection. The steps change a loss of about 100 by
  /// about 0.2; it is good to 1e-5 in float32 and its curvature cancels up to the third order,
  /// which leaves far less than 1 %.
  @ParameterizedTest
  @MethodSource("configs")
  void gradientMatchesFiniteDifferences(ModelConfig config) {
    var decoder = decoder(config);
    var tokens = TinyModels.randomTokens(arena, random, 3, 13);
    var targets = targets(tokens.rows());
    var softCap = config.embedding().logitSoftCap();
    var tape = new Tape(kernels, arena, Tape.Mode.TRAIN);
    loss(decoder, tape, tokens, new HeadLoss(targets, 1, softCap));
    tape.backward();
    var gradients = gradients(decoder);
    for (int trial = 0; trial < 5; trial++) {
      var direction = new ArrayList<float[]>();
      double slope = 0;
      for (var gradient : gradients) {
        var along = new float[gradient.length];
        for (int i = 0; i < along.length; i++) {
          along[i] = (float) (gradient[i] * (1 + random.nextGaussian()));
          slope += along[i] * (double) gradient[i];
        }
        direction.add(along);
      }
      double step = 0.1 / slope;
      var infer = new Tape(kernels, arena, Tape.Mode.INFER);
      var plain = new HeadLoss(targets, 0, softCap);
      move(decoder, direction, step);
      double above = loss(decoder, infer, tokens, plain);
      infer.clear();
      move(decoder, direction, -2 * step);
      double below = loss(decoder, infer, tokens, plain);
      infer.clear();
      move(decoder, direction, step);
      double difference = (above - below) / (2 * step);
      assertEquals(slope, difference, 0.01 * slope, "seed " + SEED);
    }
  }

  private static void move(Decoder decoder, List<float[]> direction, double step) {
    int entry = 0;
    for (var variable : decoder.parameters().entries().values()) {
      var along = direction.get(entry++);
      var value = variable.value();
      for (int i = 0; i < along.length; i++) {
        value.set(i, (float) (value.get(i) + step * along[i]));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void recomputationGivesIdenticalGradients(ModelConfig config) {
    var decoder = decoder(config);
    var tokens = TinyModels.randomTokens(arena, random, 2, 33);
    var headLoss = new HeadLoss(targets(tokens.rows()), 0.1f, config.embedding().logitSoftCap());
    var plan = new DropoutPlan(0.2f, 7, 3);
    var stored = new Tape(kernels, arena, Tape.Mode.TRAIN);
    stored.dropout(plan);
    double loss = loss(decoder, stored, tokens, headLoss);
    stored.backward();
    var expected = gradients(decoder);
    decoder.parameters().clearGradients();
    var recomputing = new Tape(kernels, arena, Tape.Mode.TRAIN_RECOMPUTING);
    recomputing.dropout(plan);
    assertEquals(loss, loss(decoder, recomputing, tokens, headLoss));
    recomputing.backward();
    assertSame(expected, gradients(decoder));
  }

  @ParameterizedTest
  @MethodSource("configs")
  void gradientsDoNotDependOnThreads(ModelConfig config) {
    var decoder = decoder(config);
    var tokens = TinyModels.randomTokens(arena, random, 3, 31);
    var headLoss = new HeadLoss(targets(tokens.rows()), 0.1f, config.embedding().logitSoftCap());
    List<float[]> expected = List.of();
    for (int threads : new int[] {1, 2, 3, 5}) {
      decoder.parameters().clearGradients();
      try (var team = Workers.of(threads)) {
        var tape = new Tape(Kernels.choose(team), arena, Tape.Mode.TRAIN);
        loss(decoder, tape, tokens, headLoss);
        tape.backward();
      }
      if (threads == 1) {
        expected = gradients(decoder);
      }
      assertSame(expected, gradients(decoder));
    }
  }

  /// The separate ones are held against PyTorch; a stack holds the same numbers one behind another.
  @Test
  void stackedExpertsMatchSeparateGradients() {
    var apart = decoder(TinyModels.qwen3Moe(Experts.Layout.SEPARATE));
    var stacked = decoder(TinyModels.qwen3Moe(Experts.Layout.STACKED));
    int stacks = 0;
    for (var spec : stacked.parameters().specs()) {
      var value = stacked.parameters().get(spec).value();
      long start = 0;
      for (var part : partsOf(stacked, spec, apart)) {
        for (long i = 0; i < part.value().elements(); i++) {
          value.set(start++, part.value().get(i));
        }
      }
      assertEquals(value.elements(), start, spec.name());
    }
    learnTheSame(apart, stacked);
    for (var spec : stacked.parameters().specs()) {
      var gradient = stacked.parameters().get(spec).gradient().orElseThrow();
      var parts = partsOf(stacked, spec, apart);
      long start = 0;
      for (var part : parts) {
        // An expert that no token chose has none apart, and zeros in a stack.
        var own = part.gradient();
        for (long i = 0; i < part.value().elements(); i++) {
          float expected = own.isPresent() ? own.get().get(i) : 0;
          assertEquals(expected, gradient.get(start++), spec.name());
        }
      }
      stacks += parts.size() > 1 ? 1 : 0;
    }
    assertTrue(stacks > 0);
  }

  private static List<Variable> partsOf(Decoder stacked, ParameterSpec spec, Decoder apart) {
    return spec.stacked(stacked.config())
        ? apart.parameters().experts(spec.role(), spec.layer(), spec.bias())
        : List.of(apart.parameters().get(spec.name()));
  }

  /// A layer that is used twice gathers what two layers of the same numbers would.
  @Test
  void sharedLayersSumGradients() {
    var shared = decoder(TinyModels.llama(2));
    var apart = decoder(TinyModels.llama(1));
    for (var spec : apart.parameters().specs()) {
      apart.parameters().get(spec).value().copyFrom(user(shared, spec).value());
    }
    learnTheSame(shared, apart);
    for (var spec : shared.parameters().specs()) {
      var gradient = shared.parameters().get(spec).gradient().orElseThrow().toArray();
      var sum = new double[gradient.length];
      for (var own : apart.parameters().specs()) {
        if (user(shared, own) == shared.parameters().get(spec)) {
          var part = apart.parameters().get(own).gradient().orElseThrow().toArray();
          for (int i = 0; i < sum.length; i++) {
            sum[i] += part[i];
          }
        }
      }
      double largest = 0;
      for (double value : sum) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertTrue(largest > 0, spec.name());
      for (int i = 0; i < sum.length; i++) {
        // One rounding of a sum of two.
        assertEquals(sum[i], gradient[i], 1e-6 * largest, spec.name() + " " + i);
      }
    }
  }

  /// The entry of `shared` that stands where `spec` does.
  private static Variable user(Decoder shared, ParameterSpec spec) {
    return spec.bias()
        ? shared.parameters().bias(spec.role(), spec.layer()).orElseThrow()
        : shared.parameters().weight(spec.role(), spec.layer());
  }

  private void learnTheSame(Decoder one, Decoder other) {
    var tokens = TinyModels.randomTokens(arena, random, 3, 13);
    var targets = targets(tokens.rows());
    for (var decoder : List.of(one, other)) {
      var tape = new Tape(kernels, arena, Tape.Mode.TRAIN);
      float softCap = decoder.config().embedding().logitSoftCap();
      loss(decoder, tape, tokens, new HeadLoss(targets, 1, softCap));
      tape.backward();
    }
  }

  private static void assertSame(List<float[]> expected, List<float[]> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), "entry " + i + ", seed " + SEED);
    }
  }

  /// Sums in another order differ by float32 rounding only.
  @ParameterizedTest
  @MethodSource("configs")
  void accumulationMatchesLargerBatch(ModelConfig config) {
    var decoder = decoder(config);
    var tokens = TinyModels.randomTokens(arena, random, 4, 13);
    var targets = targets(tokens.rows());
    var softCap = config.embedding().logitSoftCap();
    var tape = new Tape(kernels, arena, Tape.Mode.TRAIN);
    loss(decoder, tape, tokens, new HeadLoss(targets, 0.02f, softCap));
    tape.backward();
    var expected = gradients(decoder);
    decoder.parameters().clearGradients();
    for (int half = 0; half < 2; half++) {
      var ids = tokens.ids().slice(half * 26L, 26);
      var block = TokenBlock.ofSequences(ids, 2, 13);
      loss(decoder, tape, block, new HeadLoss(targets.slice(half * 26L, 26), 0.02f, softCap));
      tape.backward();
    }
    var actual = gradients(decoder);
    for (int i = 0; i < expected.size(); i++) {
      boolean unseen = GoldenGradientTest.isUnseen(config, decoder.parameters().specs().get(i));
      float largest = 0;
      for (float value : expected.get(unseen ? i - 1 : i)) { // of the weight
        largest = Math.max(largest, Math.abs(value));
      }
      assertArrayEquals(expected.get(i), actual.get(i), 1e-5f * largest, "entry " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void cachedLogitsMatchFullForward(ModelConfig config) {
    var decoder = decoder(config);
    var tokens = TinyModels.randomTokens(arena, random, 1, 29);
    var tape = new Tape(kernels, arena, Tape.Mode.INFER);
    var whole = decoder.forward(tape, tokens).value().toArray();
    tape.clear();
    int width = config.embeddingWidth();
    var limits = KeyValueLimits.DEFAULTS.withType(DType.FLOAT32);
    try (var pool = new SessionPool(decoder, kernels, memory, limits);
        var session = pool.open(TinyModels.CONTEXT)) {
      for (int count : new int[] {7, 1, 1, 13, 1, 6}) {
        var ids = new int[count];
        for (int i = 0; i < count; i++) {
          ids[i] = tokens.ids().segment().getAtIndex(ValueLayout.JAVA_INT, session.length() + i);
        }
        session.readStates(
            ids,
            any -> true,
            (position, state) -> {
              for (int i = 0; i < width; i++) {
                // Products of few rows may run in another order of sums than those of many.
                assertEquals(whole[position * width + i], state[i], 2e-4f, "position " + position);
              }
            });
      }
      assertEquals(29, session.length());
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void laterStepsAllocateNothing(ModelConfig config) {
    var decoder = decoder(config);
    var tokens = TinyModels.randomTokens(arena, random, 3, 13);
    var headLoss = new HeadLoss(targets(tokens.rows()), 1, config.embedding().logitSoftCap());
    var losses = arena.floats(tokens.rows());
    var activations = memory.open("activations");
    for (var mode : List.of(Tape.Mode.TRAIN, Tape.Mode.TRAIN_RECOMPUTING)) {
      var tape = new Tape(kernels, activations, mode);
      long afterFirst = 0;
      for (int step = 0; step < 4; step++) {
        tape.dropout(new DropoutPlan(0.1f, 1, step));
        tape.headLoss(decoder.forward(tape, tokens), decoder.parameters().head(), headLoss, losses);
        tape.backward();
        decoder.parameters().clearGradients();
        if (step == 0) {
          afterFirst = activations.bytes();
        }
      }
      assertTrue(afterFirst > 0);
      assertEquals(
          afterFirst, activations.bytes(), mode + " took more memory after its first step");
    }
    activations.close();
  }

  @ParameterizedTest
  @MethodSource("configs")
  void firstLossIsLogOfVocabulary(ModelConfig config) {
    var parameters = Parameters.learned(config, arena, arena);
    Initialization.fill(parameters, workers, SEED);
    var decoder = new Decoder(parameters, arena);
    var tokens = TinyModels.randomTokens(arena, random, 7, 33);
    var targets = TinyModels.randomTokens(arena, random, 7, 33).ids();
    var tape = new Tape(kernels, arena, Tape.Mode.INFER);
    var headLoss = new HeadLoss(targets, 0, config.embedding().logitSoftCap());
    double mean = loss(decoder, tape, tokens, headLoss) / tokens.rows();
    tape.clear();
    assertEquals(Math.log(TinyModels.VOCABULARY), mean, 0.05, "seed " + SEED);
  }

  @Test
  void forwardBeyondContextFails() {
    var decoder = decoder(TinyModels.llama());
    var tokens = TinyModels.randomTokens(arena, random, 1, 34);
    var tape = new Tape(kernels, arena, Tape.Mode.INFER);
    var refusal = assertThrows(IllegalArgumentException.class, () -> decoder.forward(tape, tokens));
    assertEquals("34 tokens do not fit a context of 33", refusal.getMessage());
    tape.clear();
  }
}
