package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;

/// Softmax over the vocabulary and the cross-entropy behind it.
public final class Predictions {
  private final Chunks chunks;
  private final Elementwise.Loops elementwise;
  private final Loops softmax;

  public Predictions(Chunks chunks, boolean vectors) {
    this.chunks = chunks;
    elementwise = Elementwise.Loops.of(vectors);
    softmax = Loops.of(vectors);
  }

  /// Replaces every row of logits by its probabilities, `softmax(x / temperature)`.
  ///
  /// @throws IllegalArgumentException if the temperature is not positive
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

  /// Sets `losses[r]` to `-log softmax(logits[r])[target[r]]` in nats, 0 where the target is
  /// ignored. If the gradient is wanted the logits (rows, vocabulary) are replaced by it.
  ///
  /// @throws IllegalArgumentException if a target is not in the vocabulary or the shapes do not fit
  public void crossEntropy(Targets entropy, Matrix logits, Tensor losses) {
    Floats.require(logits, "logits");
    Floats.require(losses, "losses");
    Floats.requireElements(losses, logits.rows(), "losses");
    requireTargets(entropy.targets(), logits);
    chunks.eachRow(logits, row -> Floats.set(losses.segment(), 0, row, loss(entropy, logits, row)));
  }

  private float loss(Targets entropy, Matrix logits, int row) {
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

  /// One row of softmax and of the cross-entropy behind it.
  sealed interface Loops permits ScalarSoftmax, VectorSoftmax {
    /// Below this an exponential, then under 1e-30, is taken for 0: scaled it would be a denormal
    /// number, which slows down whatever it is multiplied by.
    float LOWEST = -69f;

    static Loops of(boolean vectors) {
      return vectors ? new VectorSoftmax(new VectorElementwise()) : new ScalarSoftmax();
    }

    /// `ln sum exp(x)` over the row. Where `scale` is not 0, x is replaced by `scale * softmax(x)`.
    double logSumExp(Matrix x, int row, float scale);
  }

  /// What the logits should have predicted.
  ///
  /// @param targets INT32, (rows): the token that came; negative is ignored
  /// @param gradientScale the gradient is wanted times this, or not at all if 0
  public record Targets(Tensor targets, float gradientScale) {
    /// @throws IllegalArgumentException if the targets are not INT32
    public Targets {
      if (targets.type() != DType.INT32) {
        throw new IllegalArgumentException("targets must be INT32 token ids, not " + targets);
      }
    }
  }
}
