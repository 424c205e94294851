package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.tensor.Tensor;

/// Softmax over the vocabulary and the cross-entropy behind it.
public final class Predictions {
  private final Chunks chunks;
  private final ElementwiseLoops elementwise;
  private final SoftmaxLoops softmax;

  public Predictions(Chunks chunks, boolean vectors) {
    this.chunks = chunks;
    elementwise = ElementwiseLoops.of(vectors);
    softmax = SoftmaxLoops.of(vectors);
  }

  public void softmax(Matrix x, float temperature) {
    Floats.require(x, "logits");
    if (!(temperature > 0)) {
      throw new IllegalArgumentException(
          "the temperature of a softmax must be positive, not " + temperature);
    }
    chunks.eachRow(
        x,
        row -> {
          elementwise.scale(x, 1 / temperature, row);
          softmax.logSumExp(x, row, 1);
        });
  }

  public void crossEntropy(CrossEntropy entropy, Matrix logits, Tensor losses) {
    Floats.require(logits, "logits");
    Floats.require(losses, "losses");
    Floats.requireElements(losses, logits.rows(), "losses");
    requireTargets(entropy.targets(), logits);
    chunks.eachRow(logits, row -> Floats.set(losses.segment(), 0, row, loss(entropy, logits, row)));
  }

  private float loss(CrossEntropy entropy, Matrix logits, int row) {
    int target = Floats.id(entropy.targets(), row);
    float gradientScale = entropy.gradientScale();
    if (target < 0) {
      if (gradientScale != 0) {
        clear(logits, row);
      }
      return 0;
    }
    var segment = logits.tensor().segment();
    long start = Floats.start(logits, row);
    double targetLogit = Floats.get(segment, start, target);
    double logSumExp = softmax.logSumExp(logits, row, gradientScale);
    if (gradientScale != 0) {
      Floats.set(segment, start, target, Floats.get(segment, start, target) - gradientScale);
    }
    return (float) (logSumExp - targetLogit);
  }

  private static void clear(Matrix logits, int row) {
    logits
        .tensor()
        .segment()
        .asSlice(Floats.start(logits, row), (long) logits.columns() << 2)
        .fill((byte) 0);
  }

  private static void requireTargets(Tensor targets, Matrix logits) {
    Floats.requireElements(targets, logits.rows(), "targets");
    for (int row = 0; row < logits.rows(); row++) {
      if (Floats.id(targets, row) >= logits.columns()) {
        throw new IllegalArgumentException(
            "target %d in row %d is not in the vocabulary of %d"
                .formatted(Floats.id(targets, row), row, logits.columns()));
      }
    }
  }
}
