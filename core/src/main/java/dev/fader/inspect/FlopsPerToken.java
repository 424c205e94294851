package dev.fader.inspect;

import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;

/// The floating-point operations of training on one token, counted from the matrices. A
/// multiplication and its addition are two.
///
/// @param layers forward, products with the matrices of the layers
/// @param attention forward, queries with keys and weights with values, on average over the
///   positions of a sequence
/// @param head forward, product with the head
/// @param recomputed whether the backward pass runs the layers once more
/// @param sixN the usual estimate of a whole training step, six times the parameters (Kaplan et al.
///   2020)
public record FlopsPerToken(
    double layers, double attention, double head, boolean recomputed, double sixN) {
  /// The count for sequences of `time` tokens.
  public static FlopsPerToken of(ModelConfig config, int time, boolean recomputed) {
    double matrices = 0;
    for (var spec : ParameterLayout.of(config)) {
      if (isMatrixInLayer(spec)) {
        matrices += (double) spec.shape().elements() * config.sharedLayers();
      }
    }
    double attention = 0;
    for (int window : config.attention().windows()) {
      attention += 4.0 * config.attention().queryWidth() * averageKeys(time, window);
    }
    double head = 2.0 * config.vocabularySize() * config.width();
    double sixN = 6.0 * ParameterCount.of(config).total();
    return new FlopsPerToken(2 * matrices, attention, head, recomputed, sixN);
  }

  private static boolean isMatrixInLayer(ParameterSpec spec) {
    return spec.role().inLayer() && spec.shape().rank() == 2;
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
