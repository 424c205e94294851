package dev.fader.model;

import dev.fader.tensor.Shape;

/// An entry of the parameter table without its numbers.
///
/// @param name as in a Hugging Face directory: `model.layers.0.self_attn.q_proj.weight`
/// @param layer the first layer that uses it, 0 outside the layers
/// @param expert its expert, 0 if the layer has only one such entry
/// @param bias whether it is a bias instead of a weight
public record ParameterSpec(
    String name, Role role, int layer, int expert, boolean bias, Shape shape) {
  /// The name of the module that it is the weight or the bias of.
  public String module() {
    String without = name.endsWith(".weight") ? name.substring(0, name.length() - 7) : name;
    return without.endsWith(".bias") ? without.substring(0, without.length() - 5) : without;
  }

  /// Whether it contains all experts of its layer.
  boolean stacked(ModelConfig config) {
    return switch (role) {
      case EXPERT_GATE, EXPERT_UP, EXPERT_DOWN ->
          config
              .feedForward()
              .experts()
              .map(experts -> experts.layout() == Experts.Layout.STACKED)
              .orElse(false);
      default -> false;
    };
  }
}
