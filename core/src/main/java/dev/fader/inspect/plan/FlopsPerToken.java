package dev.fader.inspect.plan;

import dev.fader.inspect.count.ParameterCount;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;

/// The floating-point operations of training on one token, counted from the matrices. A
/// multiplication and its addition are two.
///
/// @param layers forward, products with the matrices of the layers: of experts, the chosen ones
/// @param attention forward, queries with keys and weights with values, on average over the
///   positions of a sequence, each of which sees those before it
/// @param uncausalAttention the same if each position saw the whole sequence, which is what
///   implementations that compute all and mask half do
/// @param head forward, product with the head
/// @param recomputed whether the backward pass runs the layers once more
/// @param sixN the usual estimate of a whole training step, six times the parameters that a token
///   uses (Kaplan et al. 2020)
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
    double head = 2.0 * config.vocabularySize() * config.width();
    double sixN = 6.0 * ParameterCount.of(config).active();
    return new FlopsPerToken(2 * matrices, attention, uncausal, head, recomputed, sixN);
  }

  private static boolean isMatrixInLayer(ParameterSpec spec) {
    return spec.role().inLayer() && spec.shape().rank() >= 2 && !spec.bias();
  }

  /// How many keys a query sees, itself included, on average over `time` positions.
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

  /// Of the forward pass without the saving of causal attention.
  public double uncausalForward() {
    return layers + uncausalAttention + head;
  }

  /// Of the backward pass: for each product one for the gradient of each factor.
  public double backward() {
    return 2 * forward();
  }

  /// Of both, which is what utilisation is measured by.
  public double training() {
    return forward() + backward();
  }

  /// Of all that runs, recomputation included.
  public double performed() {
    return training() + (recomputed ? layers + attention : 0);
  }
}
