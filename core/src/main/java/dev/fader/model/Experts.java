package dev.fader.model;

import dev.fader.grad.Routing;
import java.util.Set;

/// Feed-forward networks of which a router picks a few for each token.
///
/// @param count experts per layer
/// @param width hidden width of each
/// @param sharedWidth hidden width of what every token passes besides, 0 for nothing (DeepSeek)
/// @param routing how a token gets its experts
/// @param corrected whether a learned bias is added to the probabilities where experts are chosen,
///   and not where they are weighed (DeepSeek-V3)
/// @param clampedGate whether gate and up are clamped, and up is one more, as in gpt-oss
/// @param layout how the weights of a layer's experts are stored
/// @param denseLayers layers without experts, which have the plain feed-forward network
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
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

  /// Experts in all layers, and nothing that every token passes besides.
  public Experts(int count, int width, Routing routing) {
    this(count, width, 0, routing, false, false, Layout.SEPARATE, Set.of());
  }

  /// The same experts, and none in some layers.
  public Experts withDenseLayers(Set<Integer> dense) {
    return new Experts(count, width, sharedWidth, routing, corrected, clampedGate, layout, dense);
  }

  /// The same experts in other tensors.
  public Experts withLayout(Layout other) {
    return new Experts(
        count, width, sharedWidth, routing, corrected, clampedGate, other, denseLayers);
  }

  /// Entries of the parameter table per role.
  int entries() {
    return layout == Layout.SEPARATE ? count : 1;
  }
}
