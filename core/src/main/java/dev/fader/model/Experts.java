package dev.fader.model;

import dev.fader.grad.Routing;
import java.util.Set;

/// Mixture of experts: feed-forward networks of which a router selects a few for each token.
///
/// @param count experts per layer
/// @param width hidden width of each expert
/// @param sharedWidth hidden width of the shared expert that every token uses, 0 for none
///   (DeepSeek)
/// @param routing how experts are selected and weighted
/// @param corrected whether a learned bias is added to the probabilities for selecting experts, but
///   not for weighting them (DeepSeek-V3)
/// @param clampedGate whether gate and up are clamped, and 1 is added to up, as in gpt-oss
/// @param layout how the weights of a layer's experts are stored
/// @param denseLayers layers with a dense feed-forward network instead of experts
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public record Experts(
    int count,
    int width,
    int sharedWidth,
    Routing routing,
    boolean corrected,
    boolean clampedGate,
    Layout layout,
    Set<Integer> denseLayers) {
  /// The tensors that hold a layer's experts.
  public enum Layout {
    /// One matrix per expert and role: `EXPERT_GATE`, `EXPERT_UP`, `EXPERT_DOWN` (out, in).
    SEPARATE,
    /// One tensor per role (experts, out, in), as in GGUF.
    STACKED,
    /// `EXPERT_GATE_UP` (experts, in, 2 * width) with the columns of gate and up interleaved, and
    /// `EXPERT_DOWN` (experts, width, out), as gpt-oss stores them.
    INTERLEAVED
  }

  public Experts {
    denseLayers = Set.copyOf(denseLayers);
  }

  /// Experts in all layers, and no shared expert.
  public Experts(int count, int width, Routing routing) {
    this(count, width, 0, routing, false, false, Layout.SEPARATE, Set.of());
  }

  /// A copy with some dense layers.
  public Experts withDenseLayers(Set<Integer> dense) {
    return new Experts(count, width, sharedWidth, routing, corrected, clampedGate, layout, dense);
  }

  /// A copy with another layout.
  public Experts withLayout(Layout other) {
    return new Experts(
        count, width, sharedWidth, routing, corrected, clampedGate, other, denseLayers);
  }

  /// Entries of the parameter table per role.
  int entries() {
    return layout == Layout.SEPARATE ? count : 1;
  }
}
