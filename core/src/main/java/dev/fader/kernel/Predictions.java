package dev.fader.kernel;

import dev.fader.tensor.Tensor;

/// Softmax over the vocabulary and the cross-entropy behind it.
final class Predictions {
  private final Chunks chunks;
  private final RowLoops loops;

  Predictions(Chunks chunks, RowLoops loops) {
    this.chunks = chunks;
    this.loops = loops;
  }

  void softmax(Matrix x, float temperature) {
    Floats.require(x, "logits");
    if (!(temperature > 0)) {
      throw new IllegalArgumentException(
          "the temperature of a softmax must be positive, not " + temperature);
    }
    float factor = 1 / temperature;
    chunks.eachRow(
        x,
        row -> {
          float max = loops.softmax().max(x, row);
          double sum = loops.softmax().exponentials(x, row, max, factor);
          loops.elementwise().scale(x, (float) (1 / sum), row);
        });
  }

  void crossEntropy(CrossEntropy entropy, Matrix logits, Tensor losses) {
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
    float max = loops.softmax().max(logits, row);
    var segment = logits.tensor().segment();
    long start = Floats.start(logits, row);
    double targetLogit = Floats.get(segment, start, target);
    if (gradientScale == 0) {
      return (float)
          (Math.log(loops.softmax().sumOfExponentials(logits, row, max)) + max - targetLogit);
    }
    double sum = loops.softmax().exponentials(logits, row, max, 1);
    loops.elementwise().scale(logits, (float) (gradientScale / sum), row);
    Floats.set(segment, start, target, Floats.get(segment, start, target) - gradientScale);
    return (float) (Math.log(sum) + max - targetLogit);
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
