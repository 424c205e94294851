package dev.fader.inspect.count;

import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Role;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// The matrices of a model that a tuning method adapts.
final class TargetMatrices {
  static final Set<Role> QUERY_AND_VALUE =
      EnumSet.of(Role.QUERY_KEY_VALUE, Role.QUERY, Role.QUERY_UP, Role.VALUE, Role.KEY_VALUE_UP);

  private static final Set<Role> QUERY_VALUE_AND_DOWN =
      EnumSet.of(Role.QUERY, Role.VALUE, Role.DOWN);

  private static final Set<Role> KEY_VALUE_AND_DOWN =
      EnumSet.of(Role.QUERY_KEY_VALUE, Role.KEY, Role.VALUE, Role.KEY_VALUE_UP, Role.DOWN);

  private static final Set<Role> QUERY_KEY_AND_DOWN = EnumSet.of(Role.QUERY, Role.KEY, Role.DOWN);

  private static final Set<Role> ALL_OF_OPT =
      EnumSet.of(Role.QUERY, Role.KEY, Role.VALUE, Role.ATTENTION_OUTPUT, Role.UP, Role.DOWN);

  private static final String ALL = "all-linear";

  /// A matrix, or a stack of them.
  ///
  /// @param copies size of the stack: the experts of a layer
  /// @param fused how many matrices of this shape share their factors: an expert's gate and up
  record TargetMatrix(long inputs, long outputs, long copies, int fused, boolean endsFeedForward) {
    /// Parameters of two factors of this rank; fused matrices share factors of their total rank,
    /// and this is the share of one.
    long lora(int rank) {
      return Math.multiplyExact(
          Math.multiplyExact(rank, Math.addExact(inputs, fused * outputs)), copies);
    }

    long allInputs() {
      return inputs * copies;
    }

    long allOutputs() {
      return outputs * copies;
    }
  }

  private TargetMatrices() {}

  /// peft's default targets of IA3.
  static Set<Role> usualOfIa3(ModelConfig config) {
    return switch (config.family()) {
      case "qwen2", "qwen3", "gemma2", "gemma3_text" -> QUERY_VALUE_AND_DOWN;
      case "opt" -> QUERY_KEY_AND_DOWN;
      default -> KEY_VALUE_AND_DOWN;
    };
  }

  static Set<Role> usualOfAdaLora(ModelConfig config) {
    return config.family().equals("opt") ? ALL_OF_OPT : QUERY_AND_VALUE;
  }

  /// The matrices that `targets` name, without experts and routers, or those of the `usual` roles
  /// if it is empty.
  ///
  /// @throws IllegalArgumentException if a target matches nothing
  static List<TargetMatrix> of(ModelConfig config, List<String> targets, Set<Role> usual) {
    return matrices(config, spec -> isMatrix(spec) && !isOfExperts(spec.role()), targets, usual);
  }

  /// The same for LoRA, which adapts experts and routers too.
  ///
  /// @throws IllegalArgumentException if a target matches nothing, or an expert's gate is named
  ///   without its up
  static List<TargetMatrix> ofLora(ModelConfig config, List<String> targets) {
    boolean experts = config.feedForward().experts().isPresent();
    boolean gate = false;
    boolean up = false;
    for (var spec : ParameterLayout.of(config)) {
      for (var target : targets) {
        boolean met = isMatrix(spec) && matches(config, spec, target);
        gate |= met && spec.role() == Role.EXPERT_GATE;
        up |= met && spec.role() == Role.EXPERT_UP;
      }
    }
    if (gate != up) {
      throw new IllegalArgumentException(
          "%s names only one of gate and up, which are one tensor in the experts of a %s model: name both"
              .formatted(String.join("+", targets), config.family()));
    }
    return matrices(
        config,
        spec -> isMatrix(spec) && !(experts && isOfDenseNetwork(spec.role())),
        targets,
        QUERY_AND_VALUE);
  }

  private static boolean isOfDenseNetwork(Role role) {
    return switch (role) {
      case GATE, UP, DOWN, SHARED_GATE, SHARED_UP, SHARED_DOWN -> true;
      default -> false;
    };
  }

  private static boolean isOfExperts(Role role) {
    return role == Role.ROUTER || role.isExpert();
  }

  private static List<TargetMatrix> matrices(
      ModelConfig config, Predicate<ParameterSpec> takes, List<String> targets, Set<Role> usual) {
    var found = new ArrayList<TargetMatrix>();
    var met = new LinkedHashSet<String>();
    var known = new LinkedHashSet<String>();
    for (var spec : ParameterLayout.of(config)) {
      if (!takes.test(spec)) {
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

  /// Whether it is a `Linear` in transformers, all of which peft adapts: the experts and the router
  /// of gpt-oss are bare parameters.
  private static boolean isLinear(ModelConfig config, ParameterSpec spec) {
    boolean bare = config.family().equals("gpt_oss") && isOfExperts(spec.role());
    return spec.role().isHidden() && !bare;
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
          case EMBEDDING_PROJECTION -> config.embeddingWidth();
          default -> config.width();
        };
    boolean ends =
        switch (spec.role()) {
          case DOWN, EXPERT_DOWN, SHARED_DOWN -> true;
          default -> false;
        };
    boolean fused = spec.role() == Role.EXPERT_GATE || spec.role() == Role.EXPERT_UP;
    return new TargetMatrix(inputs, elements / inputs, copies, fused ? 2 : 1, ends);
  }

  /// Whether layer-norm tuning includes a norm of this role.
  static boolean isTunedNorm(ModelConfig config, Role role) {
    return switch (config.family()) {
      case "qwen2", "qwen3" -> role == Role.FEED_FORWARD_NORM;
      case "gemma3_text" -> role.isNorm() && role != Role.QUERY_NORM && role != Role.KEY_NORM;
      default -> role.isNorm();
    };
  }
}
