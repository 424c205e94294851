package dev.fader.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Attention of the scalar and of the chosen kernels against the definition in double.
class AttentionTest {
  private static final List<AttentionShape> SHAPES =
      List.of(
          new AttentionShape(1, 1, 1, 0, 1, 1, 1, 0, 1, 0),
          new AttentionShape(2, 13, 13, 0, 2, 2, 7, 0, 0.4f, 0),
          new AttentionShape(2, 33, 33, 0, 4, 2, 16, 0, 0.25f, 0),
          new AttentionShape(1, 31, 31, 0, 6, 2, 13, 5, 0.3f, 0),
          new AttentionShape(1, 33, 33, 0, 2, 1, 33, 1, 0.2f, 2),
          new AttentionShape(2, 7, 7, 0, 3, 1, 8, 0, 0.5f, 1.5f),
          new AttentionShape(2, 5, 18, 13, 4, 2, 12, 0, 0.3f, 0),
          new AttentionShape(3, 1, 100, 99, 4, 1, 32, 0, 0.2f, 0),
          new AttentionShape(1, 3, 40, 37, 2, 1, 77, 11, 0.1f, 0),
          new AttentionShape(1, 1, 50, 31, 2, 2, 5, 7, 0.2f, 3),
          new AttentionShape(1, 100, 100, 0, 1, 1, 24, 0, 0.2f, 0),
          new AttentionShape(1, 100, 100, 0, 2, 2, 9, 37, 0.3f, 0));

  private final TensorArena arena = TensorMemory.unlimited().open("test");

  @AfterEach
  void close() {
    arena.close();
  }

  private Matrix zeros(int rows, int columns) {
    return Matrix.of(arena.floats(rows, columns));
  }

  /// Query, key and value side by side in one buffer with a gap, as a fused projection leaves them.
  private AttentionInputs inputs(AttentionShape s) {
    int queryWidth = s.heads() * s.headSize();
    int keyWidth = s.keyValueHeads() * s.headSize();
    if (s.queries() != s.keys()) {
      return new AttentionInputs(
          zeros(s.batch() * s.queries(), queryWidth),
          zeros(s.batch() * s.keys(), keyWidth),
          zeros(s.batch() * s.keys(), keyWidth));
    }
    var wide = zeros(s.batch() * s.keys(), queryWidth + 2 * keyWidth + 3);
    return new AttentionInputs(
        wide.columns(1, queryWidth),
        wide.columns(1 + queryWidth, keyWidth),
        wide.columns(2 + queryWidth + keyWidth, keyWidth));
  }

  private AttentionInputs randomInputs(AttentionShape shape, Random random) {
    var in = inputs(shape);
    random(in.query(), random);
    random(in.key(), random);
    random(in.value(), random);
    return in;
  }

  /// The same inputs, and with sinks of about the size of the scores.
  private List<AttentionInputs> withSinksAndWithout(AttentionInputs in, AttentionShape shape) {
    var sinks = arena.floats(shape.heads());
    random(Matrix.of(sinks), new Random(4));
    return List.of(in, new AttentionInputs(in.query(), in.key(), in.value(), Optional.of(sinks)));
  }

  private static Matrix random(Matrix matrix, Random random) {
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        matrix.set(row, column, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  private Matrix output(AttentionShape shape) {
    return zeros(shape.batch() * shape.queries(), shape.heads() * shape.headSize());
  }

  private Tensor statistics(AttentionShape shape) {
    return arena.floats((long) shape.batch() * shape.queries(), shape.heads());
  }

  private static double[][] doubles(Matrix matrix) {
    var values = new double[matrix.rows()][matrix.columns()];
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        values[row][column] = matrix.get(row, column);
      }
    }
    return values;
  }

  /// The definition, in double; `logSumExp` is filled in as well.
  private static final class Reference {
    private final AttentionShape s;
    private final double[][] query;
    private final double[][] key;
    private final double[][] value;
    private final Optional<Tensor> sinks;

    Reference(AttentionShape shape, AttentionInputs in) {
      s = shape;
      query = doubles(in.query());
      key = doubles(in.key());
      value = doubles(in.value());
      sinks = in.sinks();
    }

    double[][] attend(double[][] logSumExp) {
      var out = new double[s.batch() * s.queries()][s.heads() * s.headSize()];
      for (int b = 0; b < s.batch(); b++) {
        for (int t = 0; t < s.queries(); t++) {
          for (int h = 0; h < s.heads(); h++) {
            attend(b, t, h, out[b * s.queries() + t], logSumExp[b * s.queries() + t]);
          }
        }
      }
      return out;
    }

    private void attend(int b, int t, int h, double[] out, double[] logSumExp) {
      int keyColumn = h / (s.heads() / s.keyValueHeads()) * s.headSize();
      int position = s.firstPosition() + t;
      var weights = new double[s.keys()];
      double sum = sinks.isPresent() ? Math.exp(sinks.get().get(h)) : 0;
      for (int j = 0; j <= position; j++) {
        if (s.window() > 0 && j <= position - s.window()) {
          continue;
        }
        double score = 0;
        for (int d = 0; d < s.headSize(); d++) {
          score +=
              query[b * s.queries() + t][h * s.headSize() + d]
                  * key[b * s.keys() + j][keyColumn + d];
        }
        score *= s.scale();
        if (s.softCap() > 0) {
          score = s.softCap() * Math.tanh(score / s.softCap());
        }
        weights[j] = Math.exp(score);
        sum += weights[j];
      }
      for (int d = 0; d < s.headSize(); d++) {
        for (int j = 0; j <= position; j++) {
          out[h * s.headSize() + d] += weights[j] / sum * value[b * s.keys() + j][keyColumn + d];
        }
      }
      logSumExp[h] = Math.log(sum);
    }
  }

  private static void assertClose(
      double[][] expected, Matrix actual, double tolerance, String what) {
    for (int row = 0; row < actual.rows(); row++) {
      for (int column = 0; column < actual.columns(); column++) {
        assertEquals(
            expected[row][column],
            actual.get(row, column),
            tolerance * (1 + Math.abs(expected[row][column])),
            what + " at " + row + ", " + column);
      }
    }
  }

  @Test
  void forwardMatchesReference() {
    try (var workers = Workers.of(2)) {
      for (var kernels : KernelsUnderTest.ofThisRun(workers)) {
        for (var shape : SHAPES) {
          for (var in : withSinksAndWithout(randomInputs(shape, new Random(1)), shape)) {
            checkForward(kernels, shape, in);
          }
        }
      }
    }
  }

  private void checkForward(Kernels kernels, AttentionShape shape, AttentionInputs in) {
    var out = output(shape);
    var logSumExp = statistics(shape);
    kernels.attention().forward(shape, in, out, logSumExp);
    var expectedSums = new double[shape.batch() * shape.queries()][shape.heads()];
    var expected = new Reference(shape, in).attend(expectedSums);
    String what = "seed 1, " + shape + ", " + kernels.vectorBits() + " bits: ";
    // Scores are below 10 and off by some 2^-24 times the terms of their dot product, and
    // weights by that much relatively: 1e-5 is about a hundred roundings.
    assertClose(expected, out, 1e-5, what + "out");
    assertClose(expectedSums, Matrix.of(logSumExp), 1e-5, what + "logSumExp");
  }

  @Test
  void backwardMatchesCentralDifferences() {
    try (var workers = Workers.of(2)) {
      for (var kernels : KernelsUnderTest.ofThisRun(workers)) {
        for (var shape : SHAPES) {
          var random = new Random(2);
          for (var in : withSinksAndWithout(randomInputs(shape, random), shape)) {
            checkBackward(kernels, shape, in, random);
          }
        }
      }
    }
  }

  private void checkBackward(
      Kernels kernels, AttentionShape shape, AttentionInputs in, Random random) {
    var outGradient = random(output(shape), random);
    var gradients = randomInputs(shape, random); // what was there before must not matter
    run(kernels, shape, in, outGradient, gradients);
    var reference = new Reference(shape, in);
    var weights = doubles(outGradient);
    String what = "seed 2, " + shape + ", " + kernels.vectorBits() + " bits: ";
    checkSlopes(reference, reference.query, weights, gradients.query(), what + "query");
    checkSlopes(reference, reference.key, weights, gradients.key(), what + "key");
    checkSlopes(reference, reference.value, weights, gradients.value(), what + "value");
  }

  private void run(
      Kernels kernels,
      AttentionShape shape,
      AttentionInputs in,
      Matrix outGradient,
      AttentionInputs gradients) {
    var out = output(shape);
    var logSumExp = statistics(shape);
    kernels.attention().forward(shape, in, out, logSumExp);
    kernels
        .attention()
        .backward(shape, in, new Attention.Result(out, logSumExp, outGradient), gradients);
  }

  /// Central differences of sum(weights * out) at a sample of the elements of `input`.
  private static void checkSlopes(
      Reference reference, double[][] input, double[][] weights, Matrix gradient, String what) {
    var random = new Random(3);
    double step = 1e-5;
    for (int sample = 0; sample < 12; sample++) {
      int row = random.nextInt(input.length);
      int column = random.nextInt(input[row].length);
      double value = input[row][column];
      input[row][column] = value + step;
      double above = weighted(reference, weights);
      input[row][column] = value - step;
      double below = weighted(reference, weights);
      input[row][column] = value;
      double slope = (above - below) / (2 * step);
      // Float32 sums of up to a few hundred terms of size one: 1e-4 leaves a factor of ten.
      assertEquals(
          slope,
          gradient.get(row, column),
          1e-4 * (1 + Math.abs(slope)),
          what + " gradient at " + row + ", " + column);
    }
  }

  private static double weighted(Reference reference, double[][] weights) {
    var out = reference.attend(new double[weights.length][reference.s.heads()]);
    double sum = 0;
    for (int row = 0; row < out.length; row++) {
      for (int column = 0; column < out[row].length; column++) {
        sum += weights[row][column] * out[row][column];
      }
    }
    return sum;
  }

  @Test
  void threadCountChangesNoBit() {
    for (var shape : SHAPES) {
      var random = new Random(4);
      var in = randomInputs(shape, random);
      var outGradient = random(output(shape), random);
      var expected = inputs(shape);
      try (var workers = Workers.of(1)) {
        run(Kernels.choose(workers), shape, in, outGradient, expected);
      }
      for (int threads : new int[] {2, 3, 5}) {
        var actual = inputs(shape);
        try (var workers = Workers.of(threads)) {
          run(Kernels.choose(workers), shape, in, outGradient, actual);
        }
        assertSameBits(expected.query(), actual.query());
        assertSameBits(expected.key(), actual.key());
        assertSameBits(expected.value(), actual.value());
      }
    }
  }

  private static void assertSameBits(Matrix expected, Matrix actual) {
    for (int row = 0; row < actual.rows(); row++) {
      for (int column = 0; column < actual.columns(); column++) {
        assertEquals(
            Float.floatToRawIntBits(expected.get(row, column)),
            Float.floatToRawIntBits(actual.get(row, column)));
      }
    }
  }

  @Test
  void mismatchedShapesThrow() {
    var shape = new AttentionShape(1, 4, 4, 0, 2, 1, 8, 0, 1, 0);
    var in = inputs(shape);
    try (var workers = Workers.of(1)) {
      var kernels = Kernels.choose(workers);
      var narrow = Matrix.of(arena.floats(4, 15));
      var thrown =
          assertThrows(
              IllegalArgumentException.class,
              () -> kernels.attention().forward(shape, in, narrow, statistics(shape)));
      assertEquals(
          "attention output must be float32 of 4 x 16, not FLOAT32 of 4 x 15", thrown.getMessage());
    }
    var heads =
        assertThrows(
            IllegalArgumentException.class, () -> new AttentionShape(1, 4, 4, 0, 3, 2, 8, 0, 1, 0));
    assertEquals("3 query heads cannot share 2 key heads evenly", heads.getMessage());
    var keys =
        assertThrows(
            IllegalArgumentException.class, () -> new AttentionShape(1, 4, 5, 2, 2, 2, 8, 0, 1, 0));
    assertEquals("4 queries from position 2 need as many keys, there are 5", keys.getMessage());
  }
}
