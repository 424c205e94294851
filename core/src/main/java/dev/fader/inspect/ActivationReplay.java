package dev.fader.inspect;

import dev.fader.model.ModelConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The memory of activations, found by playing one training step without numbers: what the
/// decoder's operations take from the tape's workspace and give back, in their order. The workspace
/// uses a buffer again only for the same size, so the sum of sizes alone would be wrong both ways.
final class ActivationReplay {
  /// As the head's loss cuts its logits.
  private static final long HEAD_CHUNK_ELEMENTS = 16 << 20;

  private final ModelConfig config;
  private final TrainingShape shape;
  private final long rows;
  private final long residual;
  private final long states;
  private final long mixed;
  private final long hidden;
  private final long activated;
  private final Map<Long, Integer> free = new HashMap<>();
  private long allocated;

  private ActivationReplay(ModelConfig config, TrainingShape shape) {
    this.config = config;
    this.shape = shape;
    this.rows = shape.rows();
    var attention = config.attention();
    var feedForward = config.feedForward();
    this.residual = rows * config.width();
    this.states = rows * (attention.queryWidth() + 2L * attention.keyValueWidth());
    this.mixed = rows * attention.queryWidth();
    this.activated = rows * feedForwardWidth(config);
    this.hidden = activated * (feedForward.gated() ? 2 : 1);
  }

  /// The hidden columns that one token passes. Of experts this is the sum of the chosen ones.
  private static long feedForwardWidth(ModelConfig config) {
    var feedForward = config.feedForward();
    return feedForward
        .experts()
        .map(some -> (long) some.width() * some.routing().perToken() + some.sharedWidth())
        .orElse((long) feedForward.width());
  }

  /// Elements of one training step's activations and their gradients.
  static long training(ModelConfig config, TrainingShape shape) {
    var replay = new ActivationReplay(config, shape);
    replay.step();
    return replay.allocated;
  }

  /// Elements of one evaluated batch of the same size, on a tape of its own.
  static long evaluation(ModelConfig config, TrainingShape shape) {
    var undropped =
        new TrainingShape(
            shape.batch(), shape.accumulate(), shape.time(), shape.steps(), false, false);
    var replay = new ActivationReplay(config, undropped);
    replay.infer();
    return replay.allocated;
  }

  private boolean normalizesHeads() {
    return config.attention().queryKeyNorm() != ModelConfig.QueryKeyNorm.NONE;
  }

  private void infer() {
    take(residual);
    for (int layer = 0; layer < config.layers(); layer++) {
      forwardLayer();
      forgetLayer();
      give(residual);
    }
    takeNorm();
    headLogits();
  }

  private void step() {
    take(residual); // the embedding
    if (shape.dropout()) {
      take(residual);
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      forwardLayer();
      if (shape.recomputed()) {
        forgetLayer();
      }
    }
    takeNorm();
    headLogits();
    take(residual); // the gradient of the head's input
    take(residual); // the gradient that runs down the residual stream
    giveNorm();
    for (int layer = 0; layer < config.layers(); layer++) {
      if (shape.recomputed()) {
        forwardLayer();
      }
      backwardLayer();
    }
  }

  private void forwardLayer() {
    takeNorm();
    take(states);
    if (normalizesHeads()) {
      take(states);
      headStatistics().forEach(this::take);
    }
    take(mixed);
    take(logSumExp());
    takeBranch();
    takeNorm();
    take(hidden);
    take(activated);
    takeBranch();
  }

  /// The output of a branch, to which the residual stream is added in place.
  private void takeBranch() {
    take(residual);
    if (config.norm().after()) {
      takeNorm();
    }
    if (shape.dropout()) {
      take(residual);
    }
  }

  /// All but the layer's result.
  private void forgetLayer() {
    giveBranchInputs();
    give(activated);
    give(hidden);
    forgetNorm();
    give(residual); // between attention and feed-forward
    giveBranchInputs();
    give(logSumExp());
    give(mixed);
    if (normalizesHeads()) {
      headStatistics().forEach(this::give);
      give(states);
    }
    give(states);
    forgetNorm();
  }

  private void giveBranchInputs() {
    if (config.norm().after()) {
      give(residual);
      give(2 * rows);
    }
    if (shape.dropout()) {
      give(residual);
    }
  }

  private void backwardLayer() {
    backwardBranch();
    take(activated); // its gradient
    giveBranch();
    take(hidden);
    giveWithGradient(activated);
    take(residual); // the gradient of the norm
    giveWithGradient(hidden);
    if (shape.recomputed()) {
      take(residual); // the result outside still reads the gradient that this norm adds to
    }
    giveNorm();
    backwardAttention();
    if (shape.recomputed()) {
      giveWithGradient(residual); // the result outside
    }
  }

  private void backwardAttention() {
    backwardBranch();
    take(mixed);
    giveBranch();
    take(states);
    giveWithGradient(mixed);
    give(logSumExp());
    if (normalizesHeads()) {
      take(states);
      giveWithGradient(states);
      headStatistics().forEach(this::give);
    }
    take(residual);
    giveWithGradient(states);
    giveNorm();
  }

  /// What stands between a branch's last product and the sum, whose gradient is the residual
  /// stream's.
  private void backwardBranch() {
    if (shape.dropout()) {
      take(residual);
      give(residual);
    }
    if (config.norm().after()) {
      take(residual);
      give(residual);
      give(2 * rows);
      if (shape.dropout()) {
        give(residual);
      }
    }
  }

  /// The result of a branch's last product, with a gradient of its own where it is not what is
  /// added.
  private void giveBranch() {
    give(residual);
    if (config.norm().after() || shape.dropout()) {
      give(residual);
    }
  }

  /// Logits a chunk at a time.
  private void headLogits() {
    long vocabulary = config.vocabularySize();
    long chunk = Math.clamp(HEAD_CHUNK_ELEMENTS / vocabulary, 1, rows);
    take(chunk * vocabulary);
    if (config.embedding().logitSoftCap() != 0) {
      take(chunk * vocabulary);
      long rest = rows % chunk;
      if (rest != 0) {
        take(rest * vocabulary);
      }
    }
  }

  private void takeNorm() {
    take(residual);
    take(2 * rows);
  }

  /// A norm's result and its statistics, where there was no backward pass.
  private void forgetNorm() {
    give(residual);
    give(2 * rows);
  }

  /// A norm's result, its gradient and its statistics.
  private void giveNorm() {
    giveWithGradient(residual);
    give(2 * rows);
  }

  private List<Long> headStatistics() {
    return List.of(
        2 * rows * config.attention().heads(), 2 * rows * config.attention().keyValueHeads());
  }

  private long logSumExp() {
    return rows * config.attention().heads();
  }

  private void take(long elements) {
    int waiting = free.getOrDefault(elements, 0);
    if (waiting > 0) {
      free.put(elements, waiting - 1);
    } else {
      allocated = Math.addExact(allocated, elements);
    }
  }

  private void give(long elements) {
    free.merge(elements, 1, Integer::sum);
  }

  private void giveWithGradient(long elements) {
    give(elements);
    give(elements);
  }
}
