package dev.fader.train;

import dev.fader.kernel.Kernels;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Walks the parameter table and updates every entry from its gradient.
final class Optimizer {
  /// What PyTorch's `clip_grad_norm_` adds to the norm.
  private static final double CLIP_EPSILON = 1e-6;

  private final Kernels kernels;
  private final OptimizerConfig config;
  private final Parameters parameters;
  private final TensorArena arena;
  private final List<Entry> entries = new ArrayList<>();
  private final SequencedMap<Long, Tensor> zeros = new LinkedHashMap<>();

  private record Entry(ParameterSpec spec, UpdateRule rule) {}

  /// An optimizer that has seen no gradient yet; what it remembers lives in `arena`.
  Optimizer(Kernels kernels, OptimizerConfig config, Parameters parameters, TensorArena arena) {
    this.kernels = kernels;
    this.config = config;
    this.parameters = parameters;
    this.arena = arena;
    Optional<Orthogonalization> orthogonalization = planOrthogonalization();
    for (var spec : parameters.specs()) {
      entries.add(new Entry(spec, rule(spec, orthogonalization)));
    }
  }

  private Optional<Orthogonalization> planOrthogonalization() {
    if (matricesInLayers().findAny().isEmpty()) {
      return Optional.empty();
    }
    long elements = matricesInLayers().mapToLong(spec -> spec.shape().elements()).max().orElse(0);
    LongStream shorter =
        matricesInLayers()
            .mapToLong(spec -> Math.min(spec.shape().dimension(0), spec.shape().dimension(1)));
    return Optional.of(new Orthogonalization(kernels, arena, elements, shorter.max().orElse(0)));
  }

  private Stream<ParameterSpec> matricesInLayers() {
    return parameters.specs().stream().filter(this::isOrthogonalized);
  }

  private boolean isOrthogonalized(ParameterSpec spec) {
    return config.method() == OptimizerConfig.Method.MUON
        && spec.role().inLayer()
        && spec.shape().rank() == 2
        && isMatrix(spec);
  }

  /// Or a stack of them. The biases of stacked experts have two dimensions and are none.
  private static boolean isMatrix(ParameterSpec spec) {
    return spec.shape().rank() >= 2 && !spec.bias();
  }

  private UpdateRule rule(ParameterSpec spec, Optional<Orthogonalization> orthogonalization) {
    double weightDecay = isDecayed(spec) ? config.weightDecay() : 0;
    return switch (config.method()) {
      case ADAMW -> adamw(spec, weightDecay);
      case SGD -> new MomentumRule(kernels, config, weightDecay, remembered(spec));
      case MUON ->
          orthogonalization.isPresent() && isOrthogonalized(spec)
              ? muon(spec, orthogonalization.get())
              : adamw(spec, weightDecay);
    };
  }

  private UpdateRule muon(ParameterSpec spec, Orthogonalization orthogonalization) {
    var velocity = remembered(spec);
    return new MuonRule(config, velocity, orthogonalization, parameters.matrices(spec, velocity));
  }

  private UpdateRule adamw(ParameterSpec spec, double weightDecay) {
    return new AdamWRule(kernels, config, weightDecay, AdamWRule.moments(spec.shape(), arena));
  }

  private Tensor remembered(ParameterSpec spec) {
    return arena.allocate(DType.FLOAT32, spec.shape());
  }

  /// Norms and biases are vectors, and embeddings stand outside the layers, as a tied head does.
  private boolean isDecayed(ParameterSpec spec) {
    boolean embedding =
        spec.role() == Role.TOKEN_EMBEDDING || spec.role() == Role.POSITION_EMBEDDING;
    return config.decayAll() || (isMatrix(spec) && !embedding);
  }

  /// The Euclidean length of all gradients together.
  double gradientNorm() {
    double sum = 0;
    for (var variable : parameters.entries().values()) {
      if (variable.gradient().isPresent()) {
        sum += kernels.updates().sumOfSquares(variable.gradient().get());
      }
    }
    return Math.sqrt(sum);
  }

  /// What gradients of this norm are multiplied with so that they are no longer than the limit.
  double clipFactor(double gradientNorm) {
    return config.clip() == 0 ? 1 : Math.min(1, config.clip() / (gradientNorm + CLIP_EPSILON));
  }

  /// Updates all entries. Measures how far those in layers went if `ratios` is present.
  void update(UpdateRule.Update update, Optional<UpdateRatios> ratios) {
    for (var entry : entries) {
      var variable = parameters.get(entry.spec);
      Tensor gradient = variable.gradient().orElseGet(() -> zeros(variable.value()));
      ratios.ifPresent(r -> r.before(entry.spec, variable.value()));
      entry.rule.update(update, variable.value(), gradient);
      ratios.ifPresent(r -> r.after(entry.spec, variable.value()));
    }
  }

  /// The gradient of an entry that the step did not use.
  private Tensor zeros(Tensor value) {
    return zeros
        .computeIfAbsent(value.elements(), elements -> arena.allocate(DType.FLOAT32, value.shape()))
        .zero();
  }

  /// All that must be remembered, by the entry's name and the rule's, in the order of the table.
  SequencedMap<String, Tensor> state() {
    var state = new LinkedHashMap<String, Tensor>();
    for (var entry : entries) {
      entry
          .rule
          .state()
          .forEach((name, tensor) -> state.put(entry.spec.name() + "." + name, tensor));
    }
    return Collections.unmodifiableSequencedMap(state);
  }
}
