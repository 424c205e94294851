package dev.fader.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What holds for all row kernels together: the same bits for any number of threads, and no
/// garbage.
class RowThreadsTest {
  private static final int ROWS = 331;
  private static final int COLUMNS = 202;

  /// Every row kernel once, on sizes that are worth sharing between threads.
  private static final class EveryKernel {
    private final Operands operands;
    private final Matrix x;
    private final Matrix y;
    private final Matrix gradient;
    private final Tensor weight;
    private final Tensor sums;
    private final Tensor statistics;
    private final Tensor ids;
    private final Tensor losses;
    private final Moments moments;
    private final Normalization how;
    private final NormalizationGradient normalizationGradient;
    private final Rotation rotation;
    private final CrossEntropy entropy;
    double squares;

    EveryKernel(Operands operands) {
      this.operands = operands;
      x = Matrix.of(operands.vector(ROWS * COLUMNS).reshape(ROWS, COLUMNS));
      y = operands.matrix(ROWS, COLUMNS);
      gradient = operands.matrix(ROWS, COLUMNS);
      weight = operands.vector(COLUMNS);
      sums = operands.vector(COLUMNS);
      statistics = operands.arena.floats(ROWS, 2);
      ids = operands.ids(ROWS, COLUMNS);
      losses = operands.vector(ROWS);
      moments = new Moments(operands.vector(ROWS * COLUMNS), operands.arena.floats(ROWS * COLUMNS));
      how = new Normalization(Normalization.Kind.LAYER, weight, Optional.of(weight), 1e-5f, 0);
      normalizationGradient =
          new NormalizationGradient(
              gradient, gradient, false, Optional.of(sums), Optional.of(losses()));
      rotation = new Rotation(operands.vector(ROWS * COLUMNS), ROWS, 0, COLUMNS, false);
      entropy = new CrossEntropy(ids, 0.5f);
    }

    private Tensor losses() {
      return operands.vector(COLUMNS);
    }

    void run(Kernels kernels) {
      kernels.normalize(how, x, y, statistics);
      kernels.normalizeBackward(how, x, statistics, normalizationGradient);
      for (var function : Activation.values()) {
        kernels.activate(function, false, y, y);
        kernels.activateBackward(function, false, y, new ActivationGradient(y, gradient));
      }
      kernels.add(y, gradient, y);
      kernels.addRow(y, weight);
      kernels.sumRows(y, sums);
      kernels.scale(y, 0.9f);
      kernels.softCap(y, 2);
      kernels.softCapBackward(y, 2, gradient);
      kernels.dropout(new Dropout(1, 2, 3, 0.1f), y, y);
      kernels.rotate(rotation, y);
      kernels.embedBackward(ids, y, x.tensor());
      kernels.embed(ids, x.tensor(), gradient);
      kernels.addPositions(x.tensor(), ROWS, 0, y);
      kernels.addPositionsBackward(y, ROWS, 0, x.tensor());
      kernels.softmax(gradient, 0.8f);
      squares = kernels.sumOfSquares(x.tensor());
      var step = new AdamW(0.01f, 0.9f, 0.95f, 1e-8f, 0.1f, 1, 1);
      kernels.adamw(step, x.tensor(), moments.first(), moments);
      var momentum = new Momentum(0.01f, 0.9f, 0, 1, true);
      kernels.sgd(momentum, x.tensor(), moments.second(), moments.first());
      kernels.crossEntropy(entropy, y, losses);
    }

    List<float[]> results() {
      var results = new ArrayList<float[]>();
      for (var tensor :
          new Tensor[] {
            x.tensor(), y.tensor(), gradient.tensor(), sums, statistics, losses, moments.first()
          }) {
        results.add(tensor.toArray());
      }
      return results;
    }
  }

  @ParameterizedTest
  @EnumSource
  void threadsDoNotShowInTheBits(TierUnderTest tier) {
    try (var one = Workers.of(1);
        var three = Workers.of(3);
        var operands = new Operands(29);
        var others = new Operands(29)) {
      var alone = new EveryKernel(operands);
      var together = new EveryKernel(others);
      alone.run(tier.kernels(one));
      together.run(tier.kernels(three));
      assertEquals(alone.squares, together.squares);
      for (int i = 0; i < alone.results().size(); i++) {
        assertArrayEquals(alone.results().get(i), together.results().get(i), "result " + i);
      }
    }
  }

  /// Two dozen calls may make their arguments and closures, a few kilobytes. A vector that is boxed
  /// in one of the loops costs megabytes.
  @ParameterizedTest
  @EnumSource
  void loopsAllocateNothing(TierUnderTest tier) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (var one = Workers.of(1);
        var operands = new Operands(31)) {
      var kernels = tier.kernels(one);
      var all = new EveryKernel(operands);
      long least = Long.MAX_VALUE;
      // The interpreter boxes every vector: wait until the loops are compiled.
      for (int round = 0; round < 200 && least > 16_384; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        all.run(kernels);
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertTrue(least <= 16_384, least + " bytes were allocated by one round of every kernel");
    }
  }
}
