package dev.fader.model.convert;

import dev.fader.grad.SparseNetwork;
import dev.fader.kernel.row.Activation;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.family.HuggingFaceConfig;

/// Turns a gated model into one whose gate and `up` both go through ReLU (dReLU, Song et al. 2024,
/// arXiv:2406.05955): the parameters are the same, most neurons become exactly zero, and the loss
/// rises until the model has learned again.
public final class Relufication {
  private Relufication() {}

  /// The configuration of `model` with ReLU in place of its activation.
  ///
  /// @throws ModelConfigException if there is none: the model has no gate, or experts, makes zeros
  ///   already, or its family's files do not say the activation
  public static ModelConfig of(ModelConfig model) {
    var feedForward = model.feedForward();
    if (!feedForward.gated()) {
      throw new ModelConfigException(
          "the feed-forward networks of the family '%s' have no gate, and dReLU is ReLU on a gate and on what it multiplies: begin with a model with SwiGLU or GeGLU"
              .formatted(model.family()));
    }
    if (feedForward.experts().isPresent()) {
      throw new ModelConfigException(
          "the model, of the family '%s', has experts, whose neurons are not skipped one by one: begin with a dense one"
              .formatted(model.family()));
    }
    if (SparseNetwork.makesZeros(feedForward.activation())) {
      throw new ModelConfigException(
          "the activation %s of this model makes zeros already: train it on, with a `sparsityLoss`"
              .formatted(feedForward.activation().title()));
    }
    var turned = model.withFeedForward(feedForward.withActivation(Activation.DOUBLE_RELU, true));
    HuggingFaceConfig.content(turned); // which throws what its files cannot say
    return turned;
  }
}
