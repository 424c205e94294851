package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.optimizer.AdamW;
import dev.fader.kernel.optimizer.Momentum;
import dev.fader.kernel.optimizer.Step;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.model.TinyModels;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.OptimizerConfig.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every rule against itself in plain double arithmetic.
class OptimizerTest {
  private static final double RATE = 0.02;
  private static final double DECAY = 0.1;
  private static final double FACTOR = 0.7;

  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.scalar(workers);
  private final TensorMemory memory = TensorMemory.unlimited();
  private final TensorArena arena = memory.open("test");

  @AfterEach
  void close() {
    arena.close();
    workers.close();
  }

  private static OptimizerConfig config(Method method, boolean decayAll) {
    return new OptimizerConfig(method, 0.8, 0.95, 1e-8, 0.9, DECAY, decayAll, 1);
  }

  private static Step step(long number, Tensor weight, Tensor gradient) {
    return new Step(number, (float) RATE, (float) FACTOR, weight, gradient);
  }

  private Tensor random(Random random, long... dimensions) {
    var tensor = arena.floats(dimensions);
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.set(i, (float) random.nextGaussian());
    }
    return tensor;
  }

  private static double[] doubles(Tensor tensor) {
    var values = new double[(int) tensor.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.get(i);
    }
    return values;
  }

  private static void assertNear(double[] expected, Tensor actual, double tolerance, String what) {
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual.get(i), tolerance, what + ", element " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 33, 1000})
  void adamwMatchesFormula(int size) {
    var random = new Random(size);
    var weight = random(random, size);
    double[] w = doubles(weight);
    var m = new double[size];
    var v = new double[size];
    var rule =
        new Optimizer.AdamWRule(
            kernels.updates(),
            new AdamW(0.8f, 0.95f, 1e-8f, (float) DECAY, arena.floats(size), arena.floats(size)));
    for (int step = 1; step <= 5; step++) {
      var gradient = random(random, size);
      double[] g = doubles(gradient);
      for (int i = 0; i < size; i++) {
        double clipped = g[i] * FACTOR;
        m[i] = 0.8 * m[i] + 0.2 * clipped;
        v[i] = 0.95 * v[i] + 0.05 * clipped * clipped;
        double mean = m[i] / (1 - Math.pow(0.8, step));
        double square = v[i] / (1 - Math.pow(0.95, step));
        w[i] -= RATE * DECAY * w[i] + RATE * mean / (Math.sqrt(square) + 1e-8);
      }
      rule.update(step(step, weight, gradient));
      // Weights of about 4 have rounding errors of 2e-7, five steps a few of them.
      assertNear(w, weight, 2e-6, "weights after step " + step + " of seed " + size);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 100})
  void sgdMatchesFormula(int size) {
    var random = new Random(size);
    var weight = random(random, size);
    double[] w = doubles(weight);
    var v = new double[size];
    var rule =
        new Optimizer.MomentumRule(
            kernels.updates(), new Momentum(0.9f, (float) DECAY, false, arena.floats(size)));
    for (int step = 1; step <= 5; step++) {
      var gradient = random(random, size);
      double[] g = doubles(gradient);
      for (int i = 0; i < size; i++) {
        v[i] = 0.9 * v[i] + g[i] * FACTOR + DECAY * w[i];
        w[i] -= RATE * v[i];
      }
      rule.update(step(step, weight, gradient));
      assertNear(w, weight, 2e-6, "weights after step " + step + " of seed " + size);
    }
  }

  @ParameterizedTest(name = "{0} x {1}, {2} side by side")
  @CsvSource({"7, 13, 1", "31, 7, 1", "13, 13, 1", "1, 33, 1", "33, 1, 1", "12, 21, 3"})
  void muonMatchesFormula(int rows, int columns, int parts) {
    var random = new Random(rows * 100L + columns);
    var weight = random(random, rows, columns);
    double[][] w = rows(weight);
    var v = new double[rows][columns];
    int width = columns / parts;
    var velocity = arena.floats(rows, columns);
    var windows = new ArrayList<Matrix>();
    for (int part = 0; part < parts; part++) {
      windows.add(Matrix.of(velocity).columns(part * width, width));
    }
    var shared = new Muon.Orthogonalization(kernels, arena, (long) rows * columns, 33);
    var rule = new Muon(config(Method.MUON, false), velocity, shared, windows);
    for (int step = 1; step <= 3; step++) {
      var gradient = random(random, rows, columns);
      double[][] g = rows(gradient);
      var look = new double[rows][columns];
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          v[i][j] = 0.9 * v[i][j] + FACTOR * g[i][j];
          look[i][j] = FACTOR * g[i][j] + 0.9 * v[i][j];
        }
      }
      for (int part = 0; part < parts; part++) {
        double[][] direction = newtonSchulz(columns(look, part * width, width));
        double size = RATE * 0.2 * Math.sqrt(Math.max(rows, width));
        for (int i = 0; i < rows; i++) {
          for (int j = 0; j < width; j++) {
            int column = part * width + j;
            w[i][column] = w[i][column] * (1 - RATE * DECAY) - size * direction[i][j];
          }
        }
      }
      rule.update(step(step, weight, gradient));
      // Fifteen products of matrices with entries up to 1, in float32, times a step of 0.02.
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          assertEquals(w[i][j], weight.get((long) i * columns + j), 1e-5, i + ", " + j);
        }
      }
    }
  }

  private static double[][] rows(Tensor matrix) {
    var rows = new double[matrix.shape().size(0)][matrix.shape().size(1)];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[i].length; j++) {
        rows[i][j] = matrix.get((long) i * rows[i].length + j);
      }
    }
    return rows;
  }

  private static double[][] columns(double[][] x, int start, int count) {
    var part = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      part[i] = Arrays.copyOfRange(x[i], start, start + count);
    }
    return part;
  }

  /// Five steps of `a x + (b G + c G^2) x` on `x` over its norm, always with the smaller Gram
  /// matrix.
  private static double[][] newtonSchulz(double[][] matrix) {
    if (matrix.length > matrix[0].length) {
      return transposed(newtonSchulz(transposed(matrix)));
    }
    double squares = 0;
    for (double[] row : matrix) {
      for (double value : row) {
        squares += value * value;
      }
    }
    double[][] x = matrix;
    double scale = 1 / (Math.sqrt(squares) + 1e-7);
    for (int step = 0; step < 5; step++) {
      x = step == 0 ? combined(scale, x, 0, x) : x;
      double[][] gram = product(x, transposed(x));
      double[][] polynomial = combined(-4.7750, gram, 2.0315, product(gram, gram));
      x = combined(3.4445, x, 1, product(polynomial, x));
    }
    return x;
  }

  private static double[][] transposed(double[][] x) {
    var y = new double[x[0].length][x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[0].length; j++) {
        y[j][i] = x[i][j];
      }
    }
    return y;
  }

  private static double[][] product(double[][] a, double[][] b) {
    var c = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < b[0].length; j++) {
        for (int k = 0; k < b.length; k++) {
          c[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return c;
  }

  private static double[][] combined(double s, double[][] a, double t, double[][] b) {
    var c = new double[a.length][a[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[0].length; j++) {
        c[i][j] = s * a[i][j] + t * b[i][j];
      }
    }
    return c;
  }

  /// Phi-3 stores in one matrix what Llama stores in three, and in two; GPT-2 has them (in, out).
  @ParameterizedTest
  @ValueSource(strings = {"phi3", "gpt2"})
  void muonMovesFusedMatricesAsSeparateOnes(String family) {
    boolean inputMajor = family.equals("gpt2");
    var parameters = table(tiny(family));
    var attention = parameters.config().attention();
    int hidden = parameters.config().feedForward().width();
    var shared = new Muon.Orthogonalization(kernels, arena, 4000, 100);
    int fused = 0;
    for (var spec : parameters.specs()) {
      List<Integer> outputs =
          switch (spec.role()) {
            case QUERY_KEY_VALUE ->
                List.of(
                    attention.queryWidth(), attention.keyValueWidth(), attention.keyValueWidth());
            case GATE_UP -> List.of(hidden, hidden);
            default -> List.of();
          };
      if (outputs.isEmpty() || spec.bias()) {
        continue;
      }
      fused++;
      int rows = spec.shape().size(0);
      int columns = spec.shape().size(1);
      var random = new Random(fused);
      var weight = random(random, rows, columns);
      var gradient = random(random, rows, columns);
      var before = arena.floats(rows, columns);
      before.copyFrom(weight);
      var velocity = arena.floats(rows, columns);
      new Muon(config(Method.MUON, false), velocity, shared, parameters.matrices(spec, velocity))
          .update(step(1, weight, gradient));
      int start = 0;
      for (int count : outputs) {
        int from = start;
        UnaryOperator<Tensor> part = whole -> copy(cut(Matrix.of(whole), inputMajor, from, count));
        var own = part.apply(before);
        var ownVelocity = arena.allocate(own.type(), own.shape());
        var alone =
            new Muon(
                config(Method.MUON, false), ownVelocity, shared, List.of(Matrix.of(ownVelocity)));
        alone.update(step(1, own, part.apply(gradient)));
        var moved = part.apply(weight);
        for (long i = 0; i < own.elements(); i++) {
          assertEquals(own.get(i), moved.get(i), spec.name() + " from " + start);
        }
        start += count;
      }
      assertEquals(inputMajor ? columns : rows, start, spec.name());
    }
    assertTrue(fused > 0);
  }

  private static ModelConfig tiny(String family) {
    var all = TinyModels.all().stream();
    return all.filter(model -> model.family().equals(family)).findFirst().orElseThrow();
  }

  /// All but what only the load of experts moves.
  @Test
  void muonMovesEveryFamily() {
    for (var model : TinyModels.all()) {
      var parameters = table(model);
      fillWithOnes(parameters);
      new Optimizer(kernels, config(Method.MUON, true), parameters, arena)
          .update(1, (float) RATE, (float) FACTOR, Optional.empty());
      for (var spec : parameters.specs()) {
        boolean moves = spec.role() != Role.ROUTER_CORRECTION;
        float value = parameters.get(spec).value().get(0);
        assertEquals(moves, value < 1, model.family() + " " + spec.name());
      }
    }
  }

  private static Matrix cut(Matrix whole, boolean inputMajor, int start, int count) {
    return inputMajor ? whole.columns(start, count) : whole.rows(start, count);
  }

  private Tensor copy(Matrix matrix) {
    var tensor = arena.floats(matrix.rows(), matrix.columns());
    kernels.elementwise().copy(matrix, Matrix.of(tensor));
    return tensor;
  }

  @Test
  void orthogonalizationGivesSingularValuesNearOne() {
    int rows = 13;
    int columns = 100;
    var x = random(new Random(5), rows, columns);
    var shared = new Muon.Orthogonalization(kernels, arena, (long) rows * columns, rows);
    var y = shared.orthogonal(Matrix.of(x));
    double trace = kernels.updates().sumOfSquares(y.tensor());
    // The squares of the singular values add up to the trace of y y^T; each lies in 0.7^2 .. 1.2^2.
    assertTrue(trace > 0.49 * rows && trace < 1.44 * rows, () -> "trace " + trace);
  }

  private Parameters table(ModelConfig model) {
    return Parameters.learned(model, arena, arena);
  }

  private static void fillWithOnes(Parameters parameters) {
    for (var variable : parameters.entries().values()) {
      for (long i = 0; i < variable.value().elements(); i++) {
        variable.value().set(i, 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void decayTouchesOnlyMatricesInLayers(Method method) {
    for (boolean decayAll : new boolean[] {false, true}) {
      var parameters = table(GoldenModel.of("gpt2").config());
      fillWithOnes(parameters);
      var optimizer = new Optimizer(kernels, config(method, decayAll), parameters, arena);
      // No gradient has reached any entry, which counts as one of zeros.
      optimizer.update(1, (float) RATE, (float) FACTOR, Optional.empty());
      for (var spec : parameters.specs()) {
        boolean shrunk = parameters.get(spec).value().get(0) < 1;
        boolean matrix = spec.role().inLayer() && spec.shape().rank() == 2;
        boolean orthogonalised = method == Method.MUON && matrix;
        assertEquals(decayAll || matrix || orthogonalised, shrunk, spec.name());
      }
    }
  }

  /// A stack of experts is decayed as each of them would be; its biases have two dimensions too and
  /// are none the less biases.
  @ParameterizedTest
  @EnumSource
  void decayTouchesStackedExpertsNotTheirBiases(Method method) {
    var parameters = table(tiny("gpt_oss"));
    fillWithOnes(parameters);
    var optimizer = new Optimizer(kernels, config(method, false), parameters, arena);
    optimizer.update(1, (float) RATE, (float) FACTOR, Optional.empty());
    int biases = 0;
    for (var spec : parameters.specs()) {
      if (spec.role() == Role.EXPERT_DOWN || spec.role() == Role.EXPERT_GATE_UP) {
        assertEquals(spec.bias() ? 2 : 3, spec.shape().rank(), spec.name());
        assertEquals(!spec.bias(), parameters.get(spec).value().get(0) < 1, spec.name());
        assertFalse(
            method == Method.MUON && optimizer.state().containsKey(spec.name() + ".velocity"),
            spec.name());
        biases += spec.bias() ? 1 : 0;
      }
    }
    assertTrue(biases > 0);
  }

  @Test
  void decayTouchesUntiedHeadNotEmbedding() {
    var parameters = table(GoldenModel.of("llama").config());
    fillWithOnes(parameters);
    new Optimizer(kernels, config(Method.ADAMW, false), parameters, arena)
        .update(1, (float) RATE, (float) FACTOR, Optional.empty());
    assertFalse(parameters.head().value().get(0) == 1);
    assertEquals(1, parameters.weight(Role.TOKEN_EMBEDDING).value().get(0));
  }

  @Test
  void muonStateIsOnePerWeightInLayersAndTwoElsewhere() {
    var parameters = table(GoldenModel.of("gpt2").config());
    var state = new Optimizer(kernels, config(Method.MUON, false), parameters, arena).state();
    for (ParameterSpec spec : parameters.specs()) {
      boolean matrix = spec.role().inLayer() && spec.shape().rank() == 2;
      assertEquals(
          matrix ? List.of("velocity") : List.of("first_moment", "second_moment"),
          state.keySet().stream()
              .filter(name -> name.startsWith(spec.name() + "."))
              .map(name -> name.substring(spec.name().length() + 1))
              .toList(),
          spec.name());
      assertTrue(
          state.entrySet().stream()
              .filter(entry -> entry.getKey().startsWith(spec.name() + "."))
              .allMatch(entry -> entry.getValue().shape().equals(spec.shape())));
    }
  }

  @Test
  void longGradientIsClippedShortOneStays() {
    var parameters = table(GoldenModel.of("gpt2").config());
    var optimizer = new Optimizer(kernels, config(Method.ADAMW, false), parameters, arena);
    assertEquals(0, optimizer.gradientNorm());
    assertEquals(1, optimizer.clipFactor(0.5));
    assertEquals(0.25, optimizer.clipFactor(4), 1e-6);
    var unlimited = new OptimizerConfig(Method.SGD, 0, 0, 1, 0, 0, false, 0);
    assertEquals(1, new Optimizer(kernels, unlimited, parameters, arena).clipFactor(1e9));
  }
}
