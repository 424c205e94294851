package dev.fader.model;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/// The names of a family's parameters, and how they are stored.
///
/// A family that names [Role#QUERY_KEY_VALUE] or [Role#GATE_UP] stores these projections fused.
///
/// @param family as `model_type` in Hugging Face's `config.json`
/// @param patterns per role the name without `.weight` or `.bias`, with `%d` for the layer and then
///   the expert
/// @param inputMajor whether matrices are stored (in, out), as in GPT-2's `Conv1D`, instead of
///   (out, in)
/// @param bare roles whose names end without `.weight`, and with `_bias` for the bias
public record ParameterNames(
    String family, Map<Role, String> patterns, boolean inputMajor, Set<Role> bare) {
  public ParameterNames {
    patterns = Map.copyOf(patterns);
    bare = Set.copyOf(bare);
  }

  /// Names of matrices that are stored (out, in).
  public ParameterNames(String family, Map<Role, String> patterns) {
    this(family, patterns, false, Set.of());
  }

  /// A copy for another family.
  public ParameterNames forFamily(String name) {
    return new ParameterNames(name, patterns, inputMajor, bare);
  }

  /// A copy without `.weight` after the names of `roles`.
  public ParameterNames withBare(Set<Role> roles) {
    return new ParameterNames(family, patterns, inputMajor, roles);
  }

  /// A copy with other names, or names for further roles.
  public ParameterNames with(Map<Role, String> changes) {
    var changed = new EnumMap<>(patterns);
    changed.putAll(changes);
    return new ParameterNames(family, changed, inputMajor, bare);
  }

  /// Whether the family has a weight of this role.
  public boolean has(Role role) {
    return patterns.containsKey(role);
  }

  /// Whether the family has a separate tensor for each expert.
  boolean splitsExperts(Role role) {
    return patterns.getOrDefault(role, "").contains("experts.%d.");
  }

  /// The name of the tensor of all experts of a layer.
  public String stackedName(Role role, int layer, boolean bias) {
    return name(role, layer, 0, bias).replaceFirst("experts\\.0\\.", "experts.");
  }

  /// The full name; layer and expert are ignored for roles without them.
  public String name(Role role, int layer, int expert, boolean bias) {
    String pattern = patterns.get(role);
    if (pattern == null) {
      throw new IllegalArgumentException("this family has no weight for " + role);
    }
    String name = numbered(numbered(pattern, layer), expert);
    if (bare.contains(role)) {
      return bias ? name + "_bias" : name;
    }
    return name + (bias ? ".bias" : ".weight");
  }

  /// Fills in the first number. Regular expressions are too slow for the tens of thousands of names
  /// of a large model.
  private static String numbered(String pattern, int number) {
    int place = pattern.indexOf("%d");
    return place < 0
        ? pattern
        : pattern.substring(0, place) + number + pattern.substring(place + 2);
  }

  @Override
  public String toString() {
    return family;
  }
}
