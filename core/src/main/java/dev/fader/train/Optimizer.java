package dev.fader.train;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.optimizer.AdamW;
import dev.fader.kernel.optimizer.Momentum;
import dev.fader.kernel.optimizer.Step;
import dev.fader.kernel.optimizer.Updates;
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

/// Walks the parameter table and updates every entry that learns from its gradient.
final class Optimizer {
  /// What PyTorch's `clip_grad_norm_` adds to the norm.
  private static final double CLIP_EPSILON = 1e-6;

  private final Kernels kernels;
  private final OptimizerConfig config;
  private final Parameters parameters;
  private final TensorArena arena;
  private final List<Entry> entries = new ArrayList<>();
  private final SequencedMap<Long, Tensor> zeros = new LinkedHashMap<>();

  /// How one entry is updated, and what is remembered of its gradients before.
  sealed interface Rule permits AdamWRule, MomentumRule, Muon {
    /// Changes the weight; may use up what is in the gradient.
    void update(Step step);

    /// What a run must remember to go on as if it had not stopped, by the name it has in a
    /// checkpoint.
    SequencedMap<String, Tensor> state();
  }

  record AdamWRule(Updates updates, AdamW adamw) implements Rule {
    @Override
    public void update(Step step) {
      updates.adamw(adamw, step);
    }

    @Override
    public SequencedMap<String, Tensor> state() {
      var state = new LinkedHashMap<String, Tensor>();
      state.put("first_moment", adamw.first());
      state.put("second_moment", adamw.second());
      return state;
    }
  }

  record MomentumRule(Updates updates, Momentum momentum) implements Rule {
    @Override
    public void update(Step step) {
      updates.sgd(momentum, step);
    }

    @Override
    public SequencedMap<String, Tensor> state() {
      var state = new LinkedHashMap<String, Tensor>();
      state.put("velocity", momentum.velocity());
      return state;
    }
  }

  private record Entry(ParameterSpec spec, Rule rule) {}

  /// An optimizer that has seen no gradient yet; what it remembers lives in `arena`.
  Optimizer(Kernels kernels, OptimizerConfig config, Parameters parameters, TensorArena arena) {
    this.kernels = kernels;
    this.config = config;
    this.parameters = parameters;
    this.arena = arena;
    Optional<Muon.Orthogonalization> orthogonalization = planOrthogonalization();
    for (var spec : parameters.learned()) {
      entries.add(new Entry(spec, rule(spec, orthogonalization)));
    }
  }

  private Optional<Muon.Orthogonalization> planOrthogonalization() {
    if (matricesInLayers().findAny().isEmpty()) {
      return Optional.empty();
    }
    long elements = matricesInLayers().mapToLong(spec -> spec.shape().elements()).max().orElse(0);
    LongStream shorter =
        matricesInLayers()
            .mapToLong(spec -> Math.min(spec.shape().dimension(0), spec.shape().dimension(1)));
    return Optional.of(
        new Muon.Orthogonalization(kernels, arena, elements, shorter.max().orElse(0)));
  }

  /// And those of a factorised embedding: they are multiplied with dense rows as matrices of layers
  /// are, and not with one row for each token as the tables are.
  private Stream<ParameterSpec> matricesInLayers() {
    return parameters.learned().stream().filter(this::isOrthogonalized);
  }

  /// Whether an entry can only be updated whole.
  boolean isWhole(ParameterSpec spec) {
    return isOrthogonalized(spec);
  }

  private boolean isOrthogonalized(ParameterSpec spec) {
    return config.method() == OptimizerConfig.Method.MUON
        && spec.role().isHidden()
        && spec.shape().rank() == 2
        && isMatrix(spec);
  }

  /// Or a stack of them. The biases of stacked experts have two dimensions and are none.
  private static boolean isMatrix(ParameterSpec spec) {
    return spec.shape().rank() >= 2 && !spec.bias();
  }

  private Rule rule(ParameterSpec spec, Optional<Muon.Orthogonalization> orthogonalization) {
    double weightDecay = isDecayed(spec) ? config.weightDecay() : 0;
    return switch (config.method()) {
      case ADAMW -> adamw(spec, weightDecay);
      case SGD ->
          new MomentumRule(
              kernels.updates(),
              new Momentum(
                  (float) config.momentum(), (float) weightDecay, false, remembered(spec)));
      case MUON ->
          orthogonalization.isPresent() && isOrthogonalized(spec)
              ? muon(spec, orthogonalization.get())
              : adamw(spec, weightDecay);
    };
  }

  private Rule muon(ParameterSpec spec, Muon.Orthogonalization orthogonalization) {
    var velocity = remembered(spec);
    return new Muon(config, velocity, orthogonalization, parameters.matrices(spec, velocity));
  }

  private Rule adamw(ParameterSpec spec, double weightDecay) {
    return new AdamWRule(
        kernels.updates(),
        new AdamW(
            (float) config.beta1(),
            (float) config.beta2(),
            (float) config.epsilon(),
            (float) weightDecay,
            remembered(spec),
            remembered(spec)));
  }

  private Tensor remembered(ParameterSpec spec) {
    return arena.allocate(DType.FLOAT32, spec.shape());
  }

  /// Norms and biases are vectors, and embeddings stand outside the layers, as a tied head does.
  /// What corrects the choice of experts has no gradient: nothing may move it but [ExpertBias].
  private boolean isDecayed(ParameterSpec spec) {
    if (spec.role() == Role.ROUTER_CORRECTION) {
      return false;
    }
    boolean embedding =
        spec.role() == Role.TOKEN_EMBEDDING || spec.role() == Role.POSITION_EMBEDDING;
    return config.decayAll() || (isMatrix(spec) && !embedding);
  }

  /// The Euclidean length of all gradients together.
  double gradientNorm() {
    double sum = 0;
    for (var entry : entries) {
      var gradient = parameters.get(entry.spec).gradient();
      if (gradient.isPresent()) {
        sum += kernels.updates().sumOfSquares(gradient.get());
      }
    }
    return Math.sqrt(sum);
  }

  /// What gradients of this norm are multiplied with so that they are no longer than the limit.
  double clipFactor(double gradientNorm) {
    return config.clip() == 0 ? 1 : Math.min(1, config.clip() / (gradientNorm + CLIP_EPSILON));
  }

  /// Updates all entries. Measures how far those in layers went if `ratios` is present.
  ///
  /// @param number of the update, from 1
  /// @param gradientFactor what gradients are multiplied with first, for clipping
  void update(
      long number, float learningRate, float gradientFactor, Optional<UpdateRatios> ratios) {
    for (var entry : entries) {
      var variable = parameters.get(entry.spec);
      Tensor gradient = variable.gradient().orElseGet(() -> zeros(variable.value()));
      ratios.ifPresent(r -> r.before(entry.spec, variable.value()));
      entry.rule.update(new Step(number, learningRate, gradientFactor, variable.value(), gradient));
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
