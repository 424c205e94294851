package dev.fader.model.mix;

import java.util.List;

/// One slider of the board.
///
/// @param name what it is called; empty for what it turns
/// @param targets what it turns: several are a group
/// @param level how far it is up
/// @param muted as if it were down, without losing where it is
/// @param soloed whether all of the same kind that no fader has soloed are silent: the other heads,
///   neurons or experts of its layers, the other branches of the model, or the other adapters
public record Fader(String name, List<Target> targets, Level level, boolean muted, boolean soloed) {
  /// @throws MixException if it turns nothing, solos a tensor, or has a curve for what is in no
  ///   layer
  public Fader {
    targets = List.copyOf(targets);
    if (targets.isEmpty()) {
      throw new MixException("a fader turns nothing: give it a target such as layers.3.heads.5");
    }
    for (var target : targets) {
      if (soloed && (target instanceof Target.Entries || target instanceof Target.Embeddings)) {
        throw new MixException(
            "%s cannot be soloed: solo layers, heads, neurons, experts or adapters"
                .formatted(target));
      }
      if (level instanceof Level.Curve
          && (target instanceof Target.Adapters || target instanceof Target.Embeddings)) {
        throw new MixException(
            "%s is in no layer, and a curve is over layers: give it a gain".formatted(target));
      }
    }
  }

  /// A fader for one thing.
  public static Fader of(Target target, Level level) {
    return new Fader("", List.of(target), level, false, false);
  }

  public Fader withLevel(Level other) {
    return new Fader(name, targets, other, muted, soloed);
  }

  public Fader withMuted(boolean other) {
    return new Fader(name, targets, level, other, soloed);
  }

  public Fader withSoloed(boolean other) {
    return new Fader(name, targets, level, muted, other);
  }

  /// What its targets are multiplied with in a layer.
  double gain(int layer) {
    return muted ? 0 : level.at(layer);
  }

  /// What it turns, behind its name if it has one.
  public String title() {
    var turned = String.join(" ", targets.stream().map(Target::toString).toList());
    return name.isEmpty() ? turned : name + ": " + turned;
  }
}
