package dev.fader.train;

import static dev.fader.train.SettingChecks.fraction;
import static dev.fader.train.SettingChecks.notNegative;
import static dev.fader.train.SettingChecks.positive;

/// How gradients become updates.
///
/// @param method the rule
/// @param beta1 decay of Adam's first moment
/// @param beta2 decay of Adam's second moment
/// @param epsilon what Adam adds to the root of the second moment
/// @param momentum decay of the velocity of SGD and Muon
/// @param weightDecay what a weight loses of itself per step, times the learning rate
/// @param decayAll whether norms, biases and embeddings are decayed, too
/// @param clip the longest gradient, all parameters together; longer ones are scaled down. 0 for
///   any
public record OptimizerConfig(
    Method method,
    double beta1,
    double beta2,
    double epsilon,
    double momentum,
    double weightDecay,
    boolean decayAll,
    double clip) {
  /// A rule of updating.
  public enum Method {
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    ADAMW,
    /// Orthogonalised momentum for the matrices in layers (Jordan et al. 2024), AdamW for the rest.
    MUON,
    /// Gradient descent with momentum, as PyTorch's: weight decay is part of the gradient.
    SGD
  }

  public OptimizerConfig {
    fraction("beta1", beta1, "try 0.9");
    fraction("beta2", beta2, "try 0.95");
    positive("eps", epsilon, "try 1e-8");
    fraction("momentum", momentum, "try 0.9");
    notNegative("weight decay", weightDecay, "try 0.1");
    notNegative("clip", clip, "try 1, or 0 for no clipping");
  }

  /// AdamW as language models are usually trained (Brown et al. 2020, appendix B).
  public static OptimizerConfig adamw() {
    return new OptimizerConfig(Method.ADAMW, 0.9, 0.95, 1e-8, 0.95, 0.1, false, 1);
  }
}
