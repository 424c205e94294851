package dev.fader.inspect;

import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Role;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The matrices of a model that a tuning method changes.
final class TargetMatrices {
  static final Set<Role> QUERY_AND_VALUE =
      EnumSet.of(Role.QUERY_KEY_VALUE, Role.QUERY, Role.QUERY_UP, Role.VALUE, Role.KEY_VALUE_UP);

  static final Set<Role> KEY_VALUE_AND_DOWN =
      EnumSet.of(
          Role.QUERY_KEY_VALUE,
          Role.KEY,
          Role.VALUE,
          Role.KEY_VALUE_UP,
          Role.DOWN,
          Role.EXPERT_DOWN);

  private static final String ALL = "all-linear";

  /// One matrix, or a stack of them.
  ///
  /// @param copies how many are stacked: the experts of a layer
  record TargetMatrix(long inputs, long outputs, long copies, boolean endsFeedForward) {
    /// Numbers of two factors of this rank.
    long lora(int rank) {
      return Math.multiplyExact(Math.multiplyExact(rank, inputs + outputs), copies);
    }

    long allInputs() {
      return inputs * copies;
    }

    long allOutputs() {
      return outputs * copies;
    }
  }

  private TargetMatrices() {}

  /// The matrices that `targets` name, or those of `usual` roles if it names none.
  ///
  /// @throws IllegalArgumentException if one of them names nothing
  static List<TargetMatrix> of(ModelConfig config, List<String> targets, Set<Role> usual) {
    var found = new ArrayList<TargetMatrix>();
    var met = new LinkedHashSet<String>();
    var known = new LinkedHashSet<String>();
    for (var spec : ParameterLayout.of(config)) {
      if (!isMatrix(spec)) {
        continue;
      }
      known.add(shortName(spec));
      boolean wanted = targets.isEmpty() && usual.contains(spec.role());
      for (var target : targets) {
        if (matches(config, spec, target)) {
          met.add(target);
          wanted = true;
        }
      }
      if (wanted) {
        found.add(matrix(config, spec));
      }
    }
    for (var target : targets) {
      if (!met.contains(target)) {
        throw new IllegalArgumentException(
            "no matrix is called '%s' in a %s model; there are %s, and all-linear"
                .formatted(target, config.family(), String.join(", ", known)));
      }
    }
    return found;
  }

  private static boolean isMatrix(ParameterSpec spec) {
    return !spec.bias() && spec.shape().rank() >= 2;
  }

  private static boolean matches(ModelConfig config, ParameterSpec spec, String target) {
    var module = module(spec);
    return target.equals(ALL)
        ? isLinear(config, spec)
        : module.equals(target) || module.endsWith("." + target);
  }

  /// Whether it is a `Linear` of transformers, of which peft finds all: the experts and the router
  /// of gpt-oss are bare parameters.
  private static boolean isLinear(ModelConfig config, ParameterSpec spec) {
    boolean bare =
        config.family().equals("gpt_oss")
            && switch (spec.role()) {
              case ROUTER, EXPERT_GATE, EXPERT_UP, EXPERT_GATE_UP, EXPERT_DOWN -> true;
              default -> false;
            };
    return spec.role().inLayer() && !bare;
  }

  private static String module(ParameterSpec spec) {
    var name = spec.name();
    return name.endsWith(".weight") ? name.substring(0, name.lastIndexOf('.')) : name;
  }

  private static String shortName(ParameterSpec spec) {
    var module = module(spec);
    return module.substring(module.lastIndexOf('.') + 1);
  }

  private static TargetMatrix matrix(ModelConfig config, ParameterSpec spec) {
    var shape = spec.shape();
    long copies = shape.rank() == 3 ? shape.dimension(0) : 1;
    long elements = shape.elements() / copies;
    var latent = config.attention().latent();
    long inputs =
        switch (spec.role()) {
          case ATTENTION_OUTPUT, DOWN, EXPERT_DOWN, SHARED_DOWN -> elements / config.width();
          case QUERY_UP -> latent.orElseThrow().queryRank();
          case KEY_VALUE_UP -> latent.orElseThrow().keyValueRank();
          default -> config.width();
        };
    boolean ends =
        switch (spec.role()) {
          case DOWN, EXPERT_DOWN, SHARED_DOWN -> true;
          default -> false;
        };
    return new TargetMatrix(inputs, elements / inputs, copies, ends);
  }

  static boolean isNorm(Role role) {
    return switch (role) {
      case ATTENTION_NORM,
          QUERY_DOWN_NORM,
          KEY_VALUE_DOWN_NORM,
          QUERY_NORM,
          KEY_NORM,
          AFTER_ATTENTION_NORM,
          FEED_FORWARD_NORM,
          AFTER_FEED_FORWARD_NORM,
          FINAL_NORM ->
          true;
      default -> false;
    };
  }
}
