package dev.fader.kernel.row;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.kernel.Allocations;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.Operands;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.optimizer.AdamW;
import dev.fader.kernel.optimizer.Momentum;
import dev.fader.kernel.optimizer.Step;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What holds for all row kernels together: the same bits for any number of threads, and no
/// garbage.
class RowThreadsTest {
  private static final int COLUMNS = 202;

  /// With these every kernel finds its work worth sharing between threads.
  private static final int MANY_ROWS = 181;

  private static final int FEW_ROWS = 23;

  /// Every row kernel once.
  private static final class EveryKernel {
    private final Matrix x;
    private final Matrix y;
    private final Matrix gradient;
    private final Tensor weight;
    private final Tensor sums;
    private final Tensor statistics;
    private final Tensor ids;
    private final Tensor losses;
    private final AdamW adamw;
    private final Normalization how;
    private final Normalizer.Gradient normalizationGradient;
    private final int[] positions;
    private final Rotation rotation;
    private final Predictions.Targets entropy;
    private final int rows;
    private final float[] dots;
    private double squares;

    EveryKernel(Operands operands, int rows) {
      this.rows = rows;
      x = Matrix.of(operands.vector(rows * COLUMNS).reshape(rows, COLUMNS));
      y = operands.matrix(rows, COLUMNS);
      gradient = operands.matrix(rows, COLUMNS);
      weight = operands.vector(COLUMNS);
      sums = operands.vector(COLUMNS);
      statistics = operands.arena.floats(rows, 2);
      dots = new float[rows];
      ids = operands.ids(rows, Math.min(rows, COLUMNS));
      losses = operands.vector(rows);
      adamw =
          new AdamW(
              0.9f,
              0.95f,
              1e-8f,
              0.1f,
              operands.vector(rows * COLUMNS),
              operands.arena.floats(rows * COLUMNS));
      how = new Normalization(Normalization.Kind.LAYER, weight, Optional.of(weight), 1e-5f, 0);
      normalizationGradient =
          new Normalizer.Gradient(
              gradient, gradient, false, Optional.of(sums), Optional.of(operands.vector(COLUMNS)));
      positions = IntStream.range(0, rows).toArray();
      rotation = new Rotation(operands.vector(rows * COLUMNS), COLUMNS, false);
      entropy = new Predictions.Targets(ids, 0.5f);
    }

    void run(Kernels kernels) {
      kernels.normalizer().forward(how, x, y, statistics);
      kernels.normalizer().backward(how, x, statistics, normalizationGradient);
      for (var function : Activation.values()) {
        kernels.activations().forward(function, false, y, y);
        kernels.activations().backward(function, false, y, new Activations.Gradient(y, gradient));
      }
      kernels.elementwise().add(y, gradient, y);
      kernels.elementwise().addRow(y, weight);
      kernels.elementwise().sumRows(y, sums);
      kernels.elementwise().scale(y, 0.9f);
      kernels.elementwise().dotRows(y, gradient, dots);
      kernels.elementwise().softCap(y, 2);
      kernels.elementwise().softCapBackward(y, 2, gradient);
      kernels.elementwise().dropout(new Dropout(1, 2, 3, 0.1f), y, y);
      kernels.embedding().rotate(rotation, positions, y);
      kernels.embedding().embedBackward(ids, y, x.tensor());
      kernels.embedding().embed(ids, x.tensor(), gradient);
      kernels.embedding().addPositions(x.tensor(), positions, y);
      kernels.embedding().addPositionsBackward(y, positions, x.tensor());
      kernels.predictions().softmax(gradient, 0.8f);
      squares = kernels.updates().sumOfSquares(x.tensor());
      kernels.updates().adamw(adamw, new Step(1, 0.01f, 1, x.tensor(), adamw.first()));
      var momentum = new Momentum(0.9f, 0, true, adamw.first());
      kernels.updates().sgd(momentum, new Step(1, 0.01f, 1, x.tensor(), adamw.second()));
      kernels.predictions().crossEntropy(entropy, y, losses);
    }

    List<float[]> results() {
      var results = new ArrayList<float[]>();
      for (var tensor :
          new Tensor[] {
            x.tensor(), y.tensor(), gradient.tensor(), sums, statistics, losses, adamw.first()
          }) {
        results.add(tensor.toArray());
      }
      results.add(dots.clone());
      return results;
    }
  }

  @ParameterizedTest
  @EnumSource
  void threadCountChangesNoBit(KernelsUnderTest tested) {
    try (var one = Workers.of(1);
        var three = Workers.of(3);
        var operands = new Operands(29);
        var others = new Operands(29)) {
      var alone = new EveryKernel(operands, MANY_ROWS);
      var together = new EveryKernel(others, MANY_ROWS);
      alone.run(tested.kernels(one));
      together.run(tested.kernels(three));
      assertEquals(alone.squares, together.squares);
      for (int i = 0; i < alone.results().size(); i++) {
        assertArrayEquals(alone.results().get(i), together.results().get(i), "result " + i);
      }
    }
  }

  /// Two dozen calls may make their arguments and closures, a few kilobytes. One vector that is
  /// boxed in one of the loops costs more than that for each of a few hundred steps. What the
  /// compiler puts in line depends on what else a process has run: this one needs a JVM of its own,
  /// which the build gives to tests with this tag.
  @Test
  @Tag("allocation")
  void everyKernelAllocatesNothing() {
    try (var one = Workers.of(1);
        var operands = new Operands(31)) {
      var kernels = Kernels.choose(one);
      assumeTrue(kernels.vectorBits() > 0, "the scalar kernels are the reference, not fast");
      var all = new EveryKernel(operands, FEW_ROWS);
      long least = Allocations.leastBytes(1, 16_384, () -> all.run(kernels));
      assertTrue(least <= 16_384, least + " bytes were allocated by one round of every kernel");
    }
  }
}
