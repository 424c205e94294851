package dev.fader.adapter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.adapter.AdapterReference.Dense;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Each method beside the middle one of three projections: its results, gradients and merge against
/// [AdapterReference].
class AdapterTest {
  private static final long SEED = 20261129;
  private static final int ROWS = 7;
  private static final int OUT = 12;
  private static final int RANK = 3;

  private final TensorMemory memory = TensorMemory.unlimited();
  private final TensorArena arena = memory.open("test");
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);
  private final SplittableRandom random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    workers.close();
    arena.close();
  }

  enum Method {
    LORA,
    LORA_WITH_BIAS,
    PISSA,
    DORA,
    ADALORA,
    VERA,
    IA3_OUTPUT,
    IA3_INPUT,
    BEFT,
    LOHA,
    LOKR,
    LOKR_OF_FACTORS,
    OFT,
    OFT_SHARED,
    OFT_EXACT
  }

  private Variable learned(double size, long... dimensions) {
    return Variable.learned(numbers(size, dimensions), arena.floats(dimensions));
  }

  private Tensor numbers(double size, long... dimensions) {
    var value = arena.floats(dimensions);
    for (long i = 0; i < value.elements(); i++) {
      value.set(i, (float) (size * random.nextGaussian()));
    }
    return value;
  }

  private LowRankAdapter lora(int in, boolean bias) {
    return new LowRankAdapter(
        learned(0.3, RANK, in),
        learned(0.5, OUT, RANK),
        bias ? Optional.of(learned(1, OUT)) : Optional.empty(),
        0.7f,
        0);
  }

  private Adapter adapter(Method method, int in) {
    return switch (method) {
      case LORA -> lora(in, false);
      case LORA_WITH_BIAS -> lora(in, true);
      case PISSA ->
          new LowRankDifference(lora(in, false), numbers(0.3, RANK, in), numbers(0.5, OUT, RANK));
      case DORA -> new DecomposedAdapter(lora(in, false), learned(2, OUT), arena.floats(OUT));
      case ADALORA ->
          new AdaptiveLowRankAdapter(
              learned(0.3, RANK, in), learned(1, RANK, 1), learned(0.5, OUT, RANK), 0.7f, 0);
      case VERA ->
          new VectorAdapter(
              Variable.fixed(numbers(0.3, RANK, in)),
              Variable.fixed(numbers(0.5, OUT, RANK)),
              learned(1, RANK),
              learned(1, OUT),
              new VectorAdapter.Scaling(0.7f, 0));
      case IA3_OUTPUT -> new OutputScaling(learned(1, OUT, 1));
      case IA3_INPUT -> new InputScaling(learned(1, 1, in));
      case BEFT -> new BiasAdapter(learned(1, 1, OUT), 0.7f);
      case LOHA ->
          new HadamardAdapter(
              new HadamardAdapter.Factors(learned(0.5, OUT, RANK), learned(0.5, RANK, in)),
              new HadamardAdapter.Factors(learned(0.5, OUT, RANK), learned(0.5, RANK, in)),
              0.7f);
      case LOKR ->
          new KroneckerAdapter(
              new KroneckerAdapter.Factor(learned(0.5, 3, 4), Optional.empty()),
              new KroneckerAdapter.Factor(learned(0.5, 4, in / 4), Optional.empty()),
              0.7f);
      case LOKR_OF_FACTORS ->
          new KroneckerAdapter(
              new KroneckerAdapter.Factor(learned(0.5, 3, 2), Optional.of(learned(0.5, 2, 4))),
              new KroneckerAdapter.Factor(learned(0.5, 4, 2), Optional.of(learned(0.5, 2, in / 4))),
              0.7f);
      case OFT -> new OrthogonalAdapter(learned(0.1, in / 8, 28), 8, 5, Optional.empty());
      case OFT_SHARED -> new OrthogonalAdapter(learned(0.1, 1, 28), 8, 4, Optional.empty());
      case OFT_EXACT -> new OrthogonalAdapter(learned(0.1, in / 8, 28), 8, 0, Optional.empty());
    };
  }

  /// A base and an adapter beside it.
  private final class Case {
    private final Adapter adapter;
    private final List<Projection> bases = new ArrayList<>();
    private final List<Dense> decoded = new ArrayList<>(); // the same, which no reference changes
    private final Variable x;
    private final Tensor targets;

    Case(Method method, int in, DType type, boolean inputMajor) {
      for (int out : new int[] {5, OUT, 3}) {
        var plain = inputMajor ? numbers(0.3, in, out) : numbers(0.3, out, in);
        var stored = arena.allocate(type, plain.shape()).copyFrom(plain);
        var bias = Optional.of(Variable.fixed(numbers(1, out)));
        bases.add(new Projection(Variable.fixed(stored), bias, inputMajor));
        decoded.add(dense(bases.getLast()));
      }
      adapter = adapter(method, in);
      x = learned(1, ROWS, in);
      targets = numbers(1, ROWS, 5 + OUT + 3);
    }

    Variable forward(Tape tape, Adapter beside) {
      return AdaptedProjection.linear(
          tape,
          x,
          List.of(
              new AdaptedProjection(bases.get(0), List.of()),
              new AdaptedProjection(bases.get(1), List.of(beside)),
              new AdaptedProjection(bases.get(2), List.of())));
    }

    private static Dense dense(Projection base) {
      var window = base.matrix(); // (in, out)
      var weight = new double[window.columns()][window.rows()];
      var bias = new double[window.columns()];
      for (int row = 0; row < weight.length; row++) {
        for (int column = 0; column < weight[row].length; column++) {
          weight[row][column] = window.get(column, row);
        }
        bias[row] = base.bias().orElseThrow().value().get(row);
      }
      return new Dense(weight, bias);
    }

    double[] norms() {
      return adapter instanceof DecomposedAdapter dora
          ? AdapterReference.lengths(
              AdapterReference.effective(dora.direction(), decoded.get(1), new double[0]).weight())
          : new double[0];
    }

    /// (rows, columns), row by row.
    double[] reference(double[] norms) {
      var parts =
          List.of(
              decoded.get(0),
              AdapterReference.effective(adapter, decoded.get(1), norms),
              decoded.get(2));
      var in = AdapterReference.matrix(x);
      var y = new double[ROWS * (5 + OUT + 3)];
      int at = 0;
      for (var row : in) {
        for (var part : parts) {
          for (int out = 0; out < part.bias().length; out++) {
            double sum = part.bias()[out];
            for (int k = 0; k < row.length; k++) {
              sum += row[k] * part.weight()[out][k];
            }
            y[at++] = sum;
          }
        }
      }
      return y;
    }

    double loss(double[] norms) {
      var y = reference(norms);
      double sum = 0;
      for (int i = 0; i < y.length; i++) {
        double difference = y[i] - targets.get(i);
        sum += difference * difference;
      }
      return sum / y.length;
    }
  }

  @ParameterizedTest
  @EnumSource
  void resultsAreThoseOfTheChangedWeight(Method method) {
    for (boolean inputMajor : new boolean[] {false, true}) {
      var one = new Case(method, 32, DType.FLOAT32, inputMajor);
      var expected = one.reference(one.norms());
      var trained = one.forward(new Tape(kernels, arena, Tape.Mode.TRAIN), one.adapter);
      assertNear(expected, trained.value(), method + " while training");
      var inferred = one.forward(new Tape(kernels, arena, Tape.Mode.INFER), one.adapter);
      assertNear(expected, inferred.value(), method + " while inferring");
      var prepared = one.adapter.prepared(kernels, one.bases.get(1), arena);
      var tape = Tape.ofRecordedPasses(kernels, arena, ROWS);
      tape.fewRows(ROWS);
      var pass = tape.record(ROWS, () -> one.forward(tape, prepared));
      pass.run();
      assertNear(expected, pass.result().value(), method + " recorded");
    }
  }

  /// Sums of at most 256 products of numbers near 1, each rounded to 2^-24 of itself: a few 1e-6.
  private static void assertNear(double[] expected, Tensor found, String what) {
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found.get(i), 2e-5 * (1 + Math.abs(expected[i])), what + ", " + i);
    }
  }

  @ParameterizedTest
  @EnumSource
  void gradientsAreCentralDifferences(Method method) {
    checkGradients(method, new Case(method, 32, DType.FLOAT32, false));
    checkGradients(method, new Case(method, 32, DType.FLOAT32, true));
  }

  static Stream<DType> frozenTypes() {
    return Stream.of(DType.BFLOAT16, DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K);
  }

  @ParameterizedTest
  @MethodSource("frozenTypes")
  void gradientsBesideAFrozenQuantisedBase(DType type) {
    for (var method : List.of(Method.LORA, Method.DORA, Method.IA3_INPUT, Method.OFT)) {
      checkGradients(method, new Case(method, 256, type, false));
    }
  }

  private void checkGradients(Method method, Case one) {
    var tape = new Tape(kernels, arena, Tape.Mode.TRAIN);
    var norms = one.norms();
    double loss = tape.squaredError(one.forward(tape, one.adapter), one.targets);
    assertEquals(one.loss(norms), loss, 1e-5 * loss, "loss of " + method);
    tape.backward();
    var learned = new ArrayList<Variable>(one.adapter.parameters().values());
    learned.add(one.x);
    for (var variable : learned) {
      checkGradient(method + " " + variable.value().shape(), variable, one, norms);
    }
  }

  /// The project's bar for gradients: 1e-4 of the largest of each tensor. The differences are of
  /// doubles; steps of 1e-3 leave an error of the third derivative times 1e-7.
  private static void checkGradient(String what, Variable variable, Case one, double[] norms) {
    var found = variable.gradient().orElseThrow().toArray();
    var expected = new double[found.length];
    double largest = 0;
    int apart = Math.max(1, found.length / 40); // of large tensors some elements
    for (int i = 0; i < found.length; i += apart) {
      float before = variable.value().get(i);
      variable.value().set(i, before + 1e-3f);
      float above = variable.value().get(i);
      double up = one.loss(norms);
      variable.value().set(i, before - 1e-3f);
      double down = one.loss(norms);
      expected[i] = (up - down) / ((double) above - variable.value().get(i));
      variable.value().set(i, before);
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    assertTrue(largest > 0, what + " has no gradient");
    for (int i = 0; i < found.length; i += apart) {
      assertEquals(expected[i], found[i], 1e-4 * largest, what + ", element " + i);
    }
  }

  @ParameterizedTest
  @EnumSource
  void mergedWeightGivesTheSameResults(Method method) {
    for (boolean inputMajor : new boolean[] {false, true}) {
      var one = new Case(method, 32, DType.FLOAT32, inputMajor);
      var base = one.bases.get(1);
      var weight = arena.allocate(DType.FLOAT32, base.weight().value().shape());
      weight.copyFrom(base.weight().value());
      var bias = arena.floats(OUT).copyFrom(base.bias().orElseThrow().value());
      var merged =
          new MergedProjection(
              kernels, arena, new MergedProjection.Stored(weight, base), Optional.of(bias));
      one.adapter.merge(merged);
      var projection =
          new Projection(Variable.fixed(weight), merged.bias().map(Variable::fixed), inputMajor);
      var tape = new Tape(kernels, arena, Tape.Mode.INFER);
      var y = tape.linear(one.x, List.of(one.bases.get(0), projection, one.bases.get(2)));
      assertNear(one.reference(one.norms()), y.value(), method + " merged");
    }
  }

  /// A second pass with recomputation, and a counting one, must take the same memory as the first.
  @ParameterizedTest
  @EnumSource
  void stepsAfterTheFirstAllocateNothingAndCountTheSame(Method method) {
    var one = new Case(method, 32, DType.FLOAT32, false);
    try (var activations = memory.open("activations");
        var counted = TensorMemory.counting().open("activations")) {
      var tape = new Tape(kernels, activations, Tape.Mode.TRAIN);
      step(tape, one);
      long first = activations.bytes();
      step(tape, one);
      assertEquals(first, activations.bytes());
      assertFalse(first == 0);
      step(new Tape(kernels, counted, Tape.Mode.TRAIN), one);
      assertEquals(first, counted.bytes(), method.toString());
    }
  }

  private void step(Tape tape, Case one) {
    var head = Variable.fixed(numbers(1, 9, 5 + OUT + 3));
    var targets = arena.allocate(DType.INT32, Shape.of(ROWS));
    var loss = new HeadLoss(targets, 1, 0);
    tape.headLoss(one.forward(tape, one.adapter), head, loss, arena.floats(ROWS));
    tape.backward();
  }

  @ParameterizedTest
  @EnumSource(names = {"LORA", "LORA_WITH_BIAS", "ADALORA", "VERA", "LOHA", "LOKR", "BEFT"})
  void scaledByZeroChangesNothing(Method method) {
    var one = new Case(method, 32, DType.FLOAT32, false);
    var tape = new Tape(kernels, arena, Tape.Mode.INFER);
    var off = one.forward(tape, one.adapter.scaled(0)).value().toArray();
    assertArrayEquals(tape.linear(one.x, one.bases).value().toArray(), off);
  }
}
