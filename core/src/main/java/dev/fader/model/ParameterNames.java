package dev.fader.model;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/// What a family calls its parameters, and how it stores them.
///
/// A role that is named exists: a family that names [Role#QUERY_KEY_VALUE] or [Role#GATE_UP] stores
/// these projections as one matrix.
///
/// @param family as `model_type` in Hugging Face's `config.json`
/// @param patterns per role the name without `.weight` or `.bias`, with `%d` for the layer and then
///   the expert
/// @param inputMajor whether matrices are stored (in, out), as GPT-2's `Conv1D` does, and not (out,
///   in)
/// @param bare roles whose names have no `.weight`, and `_bias` for their bias
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

  /// The same names for another family.
  public ParameterNames forFamily(String name) {
    return new ParameterNames(name, patterns, inputMajor, bare);
  }

  /// The same without `.weight` behind the names of `roles`.
  public ParameterNames withBare(Set<Role> roles) {
    return new ParameterNames(family, patterns, inputMajor, roles);
  }

  /// The same with other names, or names for further roles.
  public ParameterNames with(Map<Role, String> changes) {
    var changed = new EnumMap<>(patterns);
    changed.putAll(changes);
    return new ParameterNames(family, changed, inputMajor, bare);
  }

  /// Whether the family has a weight of this role.
  public boolean has(Role role) {
    return patterns.containsKey(role);
  }

  /// Whether the family has a tensor for each expert.
  boolean partsExperts(Role role) {
    return patterns.getOrDefault(role, "").contains("experts.%d.");
  }

  /// The name of what holds all experts of a layer.
  public String stackedName(Role role, int layer, boolean bias) {
    return name(role, layer, 0, bias).replaceFirst("experts\\.0\\.", "experts.");
  }

  /// The full name; layer and expert matter only to roles that have them.
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

  /// The first place for a number filled in. Large models have tens of thousands of names, for
  /// which regular expressions take too long.
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
