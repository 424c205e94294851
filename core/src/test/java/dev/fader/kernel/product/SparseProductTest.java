package dev.fader.kernel.product;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.Allocations;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SparseProductTest {
  private final TensorArena arena = TensorMemory.unlimited().open("test");

  @AfterEach
  void close() {
    arena.close();
  }

  /// A network of random weights and what it reads; nine of ten neurons are zero.
  private record Case(
      Tensor x, Optional<Tensor> up, Tensor hidden, Tensor down, boolean doubleRelu) {
    int rows() {
      return x.shape().size(0);
    }

    int outputs() {
      return down.shape().size(0);
    }
  }

  private Tensor random(SplittableRandom random, DType type, int rows, int columns) {
    var numbers = new float[rows * columns];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    var tensor = arena.allocate(type, Shape.of(rows, columns));
    tensor.write(0, numbers, 0, numbers.length);
    return tensor;
  }

  private Case random(DType type, int rows, int[] sizes, boolean gated, boolean doubleRelu) {
    var random = new SplittableRandom(sizes[0] + 100L * sizes[1] + rows);
    var hidden = random(random, DType.FLOAT32, rows, sizes[1]);
    for (int i = 0; i < hidden.elements(); i++) {
      hidden.set(i, random.nextInt(10) > 0 ? (i % 2 == 0 ? 0f : -0f) : hidden.get(i));
    }
    return new Case(
        random(random, DType.FLOAT32, rows, sizes[0]),
        gated ? Optional.of(random(random, type, sizes[1], sizes[0])) : Optional.empty(),
        hidden,
        random(random, type, sizes[2], sizes[1]),
        doubleRelu);
  }

  private float[] product(SparseProduct product, Case all, int first, int rows, boolean skip) {
    var hidden = arena.floats(rows, all.hidden().shape().size(1));
    hidden.copyFrom(all.hidden().slice(first, rows));
    var output = arena.floats(rows, all.outputs());
    var operands =
        new SparseProduct.Operands(
            Matrix.of(all.x().slice(first, rows)),
            all.up().map(Matrix::of),
            Matrix.of(hidden),
            NeuronMajor.of(Matrix.of(all.down()), arena),
            Matrix.of(output),
            all.doubleRelu());
    product.multiply(operands, skip);
    return output.toArray();
  }

  private static double[] naive(Case all) {
    int neurons = all.hidden().shape().size(1);
    int inputs = all.x().shape().size(1);
    var output = new double[all.rows() * all.outputs()];
    for (int row = 0; row < all.rows(); row++) {
      for (int neuron = 0; neuron < neurons; neuron++) {
        double value = all.hidden().get((long) row * neurons + neuron);
        if (value != 0 && all.up().isPresent()) {
          double dot = 0;
          for (int k = 0; k < inputs; k++) {
            dot +=
                (double) all.up().get().get((long) neuron * inputs + k)
                    * all.x().get((long) row * inputs + k);
          }
          value *= all.doubleRelu() ? Math.max(dot, 0) : dot;
        }
        for (int j = 0; j < all.outputs(); j++) {
          output[row * all.outputs() + j] += value * all.down().get((long) j * neurons + neuron);
        }
      }
    }
    return output;
  }

  /// Sums of about a hundred terms of size 1, times a sum of a hundred such terms: float32 keeps
  /// them to some 1e-7 of the sum of their absolute values, which is below 2000 here.
  @ParameterizedTest
  @CsvSource({
    "FLOAT32, 1, 33, 31, 13", "FLOAT32, 3, 100, 700, 100", "BFLOAT16, 1, 100, 700, 33",
    "BFLOAT16, 8, 31, 300, 1100", "FLOAT16, 2, 13, 1, 7", "FLOAT16, 5, 100, 300, 101",
    "Q8_0, 1, 96, 320, 32", "Q8_0, 7, 64, 672, 700", "Q8_0, 16, 32, 32, 13"
  })
  void sparseMatchesNaive(DType type, int rows, int inputs, int neurons, int outputs) {
    for (int kind = 0; kind < 3; kind++) {
      boolean gated = kind > 0;
      var all = random(type, rows, new int[] {inputs, neurons, outputs}, gated, kind == 2);
      var expected = naive(all);
      float[] bits = {};
      for (int threads : KernelsUnderTest.threads(1, 3)) {
        try (var workers = Workers.of(threads)) {
          var vectors = new SparseProduct(workers, true);
          var sparse = product(vectors, all, 0, rows, true);
          for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], sparse[i], 2e-4, type + ", element " + i);
          }
          assertArrayEquals(bits.length == 0 ? sparse : bits, sparse, "threads change bits");
          bits = sparse;
          assertArrayEquals(bits, product(vectors, all, 0, rows, false), "dense has other bits");
          for (int row = 0; row < rows; row++) {
            var alone = product(vectors, all, row, 1, true);
            for (int j = 0; j < outputs; j++) {
              assertEquals(
                  Float.floatToRawIntBits(bits[row * outputs + j]),
                  Float.floatToRawIntBits(alone[j]),
                  "row " + row + " alone");
            }
          }
          var scalar = product(new SparseProduct(workers, false), all, 0, rows, true);
          for (int i = 0; i < expected.length; i++) {
            // The dot products of a gate have another order; without one, the bits are the same.
            assertEquals(bits[i], scalar[i], gated ? 2e-4 : 0, type + ", element " + i);
          }
        }
      }
    }
  }

  @Test
  void zeroGateHidesOverflow() {
    var up = arena.floats(2, 2).copyFrom(new float[] {3e38f, 3e38f, 1, 1});
    var down = arena.floats(1, 2).copyFrom(new float[] {1, 1});
    var x = arena.floats(1, 2).copyFrom(new float[] {2, 2});
    var hidden = arena.floats(1, 2).copyFrom(new float[] {0, -1});
    try (var workers = Workers.of(1)) {
      var all = new Case(x, Optional.of(up), hidden, down, false);
      for (boolean skip : new boolean[] {true, false}) {
        assertArrayEquals(
            new float[] {-4}, product(new SparseProduct(workers, true), all, 0, 1, skip));
      }
    }
  }

  @Test
  void weightsThatZerosDoNotHideAreRefused() {
    var infinite = arena.floats(1, 2).copyFrom(new float[] {1, Float.POSITIVE_INFINITY});
    var wrong =
        assertThrows(
            IllegalArgumentException.class, () -> NeuronMajor.of(Matrix.of(infinite), arena));
    assertEquals(
        "it has a weight that is infinite or no number, which zeros do not leave out",
        wrong.getMessage());
    var blocks = arena.allocate(DType.Q4_K, Shape.of(1, 256));
    var type =
        assertThrows(
            IllegalArgumentException.class, () -> NeuronMajor.of(Matrix.of(blocks), arena));
    assertEquals(
        "a matrix of Q4_K cannot be stored neuron by neuron: F32, F16, BF16 and Q8_0 can",
        type.getMessage());
  }

  @Test
  void matrixThatLiesByNeuronIsNotCopied() {
    var stored = arena.floats(7, 3).copyFrom(new float[21]);
    var same = NeuronMajor.of(Matrix.of(stored).transposed(), arena);
    assertEquals(stored.segment().address(), same.weights().segment().address());
    assertEquals(7, same.neurons());
    assertEquals(3, same.outputs());
  }

  /// What is left is one small window on `up` a run.
  @Tag("allocation")
  @Test
  void runsAllocateNoMemoryOfTheirOwn() {
    var all = random(DType.BFLOAT16, 2, new int[] {128, 256, 128}, true, false);
    try (var workers = Workers.of(1)) {
      var product = new SparseProduct(workers, true);
      var operands =
          new SparseProduct.Operands(
              Matrix.of(all.x()),
              all.up().map(Matrix::of),
              Matrix.of(all.hidden()),
              NeuronMajor.of(Matrix.of(all.down()), arena),
              Matrix.of(arena.floats(2, 128)),
              false);
      long bytes = Allocations.leastBytes(20, 64, () -> product.multiply(operands, true));
      assertTrue(bytes <= 64, bytes + " bytes a run");
    }
  }
}
