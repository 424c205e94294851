package dev.fader.inspect.plan;

import dev.fader.inspect.count.ParameterCount;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;

/// The floating-point operations of training per token, from the matrix sizes. A multiply-add
/// counts as two.
///
/// @param layers forward, matrix products of the layers: of experts, the selected ones
/// @param attention forward, query-key and weight-value products, averaged over the positions of a
///   causal sequence
/// @param uncausalAttention the same without causality, for implementations that compute all scores
///   and mask half
/// @param head forward, product with the head, and those beside a factorised embedding
/// @param recomputed whether the backward pass recomputes the layers
/// @param sixN the usual estimate of a training step: six times the active parameters (Kaplan et
///   al. 2020)
public record FlopsPerToken(
    double layers,
    double attention,
    double uncausalAttention,
    double head,
    boolean recomputed,
    double sixN) {
  /// The count for sequences of `time` tokens.
  public static FlopsPerToken of(ModelConfig config, int time, boolean recomputed) {
    double matrices = 0;
    for (var spec : ParameterLayout.of(config)) {
      if (isMatrixInLayer(spec)) {
        double used = ParameterCount.usedPart(config, spec.role());
        matrices += used * spec.shape().elements() * config.sharedLayers();
      }
    }
    double attention = 0;
    double uncausal = 0;
    double columns = (double) config.attention().queryWidth() + config.attention().outputWidth();
    for (int window : config.attention().windows()) {
      attention += 2 * columns * averageKeys(time, window);
      uncausal += 2 * columns * (window == 0 ? time : Math.min(window, time));
    }
    double head = 2.0 * config.vocabularySize() * config.embeddingWidth();
    if (config.embedding().factorized()) {
      head += 4.0 * config.width() * config.embeddingWidth();
    }
    double sixN = 6.0 * ParameterCount.of(config).active();
    return new FlopsPerToken(2 * matrices, attention, uncausal, head, recomputed, sixN);
  }

  private static boolean isMatrixInLayer(ParameterSpec spec) {
    return spec.role().inLayer() && spec.shape().rank() >= 2 && !spec.bias();
  }

  /// The average number of keys that a query sees, including its own, over `time` positions.
  private static double averageKeys(int time, int window) {
    if (window == 0 || window >= time) {
      return (time + 1) / 2.0;
    }
    return (window * (window + 1) / 2.0 + (double) (time - window) * window) / time;
  }

  /// Of the forward pass.
  public double forward() {
    return layers + attention + head;
  }

  /// The forward pass without savings from causality.
  public double uncausalForward() {
    return layers + uncausalAttention + head;
  }

  /// The backward pass: two products for each of the forward pass.
  public double backward() {
    return 2 * forward();
  }

  /// Forward and backward, the basis of utilization.
  public double training() {
    return forward() + backward();
  }

  /// All operations, including recomputation.
  public double performed() {
    return training() + (recomputed ? layers + attention : 0);
  }
}
