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
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  private final GradientSum sum;
  private final PieceSums squares;
  private final List<Part> parts = new ArrayList<>();
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
    static final List<String> NAMES = List.of("first_moment", "second_moment");

    @Override
    public void update(Step step) {
      updates.adamw(adamw, step);
    }

    @Override
    public SequencedMap<String, Tensor> state() {
      var state = new LinkedHashMap<String, Tensor>();
      state.put(NAMES.getFirst(), adamw.first());
      state.put(NAMES.getLast(), adamw.second());
      return state;
    }
  }

  record MomentumRule(Updates updates, Momentum momentum) implements Rule {
    static final List<String> NAMES = List.of("velocity");

    @Override
    public void update(Step step) {
      updates.sgd(momentum, step);
    }

    @Override
    public SequencedMap<String, Tensor> state() {
      var state = new LinkedHashMap<String, Tensor>();
      state.put(NAMES.getFirst(), momentum.velocity());
      return state;
    }
  }

  /// What is updated at a time: an entry, or where optimizer state is shared out, what this rank
  /// owns of one.
  private record Part(ParameterSpec spec, Stretch stretch, Rule rule) {}

  /// Of one process.
  Optimizer(Kernels kernels, OptimizerConfig config, Parameters parameters, TensorArena arena) {
    this(
        kernels, config, new GradientSum(kernels.updates(), Table.alone(parameters), arena), arena);
  }

  /// An optimizer that has seen no gradient yet; what it remembers lives in `arena`.
  ///
  /// @param sum the gradients that it follows
  Optimizer(Kernels kernels, OptimizerConfig config, GradientSum sum, TensorArena arena) {
    this.kernels = kernels;
    this.config = config;
    this.parameters = sum.table().parameters();
    this.sum = sum;
    this.arena = arena;
    this.squares = new PieceSums(kernels.updates(), sum.shares());
    Optional<Muon.Orthogonalization> orthogonalization = planOrthogonalization();
    for (var stretch : sum.shares().updated()) {
      var spec = sum.shares().ownership().entry(stretch.entry());
      parts.add(new Part(spec, stretch, rule(spec, stretch, orthogonalization)));
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
    return sum.shares().updated().stream()
        .map(stretch -> sum.shares().ownership().entry(stretch.entry()))
        .filter(spec -> isWhole(config, spec));
  }

  /// Whether an entry can only be updated whole, since the matrices in it are made orthogonal.
  static boolean isWhole(OptimizerConfig config, ParameterSpec spec) {
    return config.method() == OptimizerConfig.Method.MUON
        && spec.role().isHidden()
        && spec.shape().rank() == 2
        && isMatrix(spec);
  }

  /// Or a stack of them. The biases of stacked experts have two dimensions and are none.
  private static boolean isMatrix(ParameterSpec spec) {
    return spec.shape().rank() >= 2 && !spec.bias();
  }

  private Rule rule(
      ParameterSpec spec, Stretch stretch, Optional<Muon.Orthogonalization> orthogonalization) {
    double weightDecay = isDecayed(spec) ? config.weightDecay() : 0;
    var shape = shape(spec, stretch);
    return switch (config.method()) {
      case ADAMW -> adamw(shape, weightDecay);
      case SGD ->
          new MomentumRule(
              kernels.updates(),
              new Momentum(
                  (float) config.momentum(), (float) weightDecay, false, remembered(shape)));
      case MUON ->
          orthogonalization.isPresent() && isWhole(config, spec)
              ? muon(spec, orthogonalization.get())
              : adamw(shape, weightDecay);
    };
  }

  private static Shape shape(ParameterSpec spec, Stretch stretch) {
    return stretch.count() == spec.shape().elements() ? spec.shape() : Shape.of(stretch.count());
  }

  private Rule muon(ParameterSpec spec, Muon.Orthogonalization orthogonalization) {
    var velocity = remembered(spec.shape());
    return new Muon(config, velocity, orthogonalization, parameters.matrices(spec, velocity));
  }

  private Rule adamw(Shape shape, double weightDecay) {
    return new AdamWRule(
        kernels.updates(),
        new AdamW(
            (float) config.beta1(),
            (float) config.beta2(),
            (float) config.epsilon(),
            (float) weightDecay,
            remembered(shape),
            remembered(shape)));
  }

  private Tensor remembered(Shape shape) {
    return arena.allocate(DType.FLOAT32, shape);
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
    squares.clear();
    for (var part : parts) {
      sum.gradient(part.stretch).ifPresent(gradient -> squares.take(part.stretch, gradient));
    }
    squares.gather();
    double all = 0;
    for (int entry = 0; entry < sum.shares().ownership().entries(); entry++) {
      all += squares.of(entry);
    }
    return Math.sqrt(all);
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
    for (var part : parts) {
      var weight = sum.table().weight(part.stretch);
      Tensor gradient = sum.gradient(part.stretch).orElseGet(() -> zeros(weight));
      ratios.ifPresent(r -> r.before(part.stretch, weight));
      part.rule.update(new Step(number, learningRate, gradientFactor, weight, gradient));
      ratios.ifPresent(r -> r.after(part.stretch, weight));
    }
    sum.table().gather();
  }

  /// The gradient of an entry that the step did not use.
  private Tensor zeros(Tensor value) {
    return zeros
        .computeIfAbsent(value.elements(), elements -> arena.allocate(DType.FLOAT32, value.shape()))
        .zero();
  }

  /// What must be remembered of one entry, of which each rank may have a part.
  ///
  /// @param name in a checkpoint
  /// @param here what this rank has
  record Remembered(
      String name, ParameterSpec spec, List<Stretch> stretches, Map<Stretch, Tensor> here) {
    /// All, where it is not shared out.
    Tensor whole() {
      return here.values().iterator().next();
    }

    /// A part of what this rank has.
    Tensor of(Stretch part) {
      for (var whole : here.entrySet()) {
        var stretch = whole.getKey();
        long from = part.from() - stretch.from();
        if (from >= 0 && from + part.count() <= stretch.count()) {
          return new Stretch(part.entry(), from, part.count(), part.owner(), 0)
              .of(whole.getValue());
        }
      }
      throw new IllegalStateException("%s is not here: %s".formatted(name, part));
    }
  }

  /// All that must be remembered, in the order of the table.
  List<Remembered> remembered() {
    var shares = sum.shares();
    var all = new LinkedHashMap<String, Remembered>();
    boolean shared = shares.shares(Sharding.OPTIMIZER);
    var stretches = shared ? shares.ownership().stretches() : shares.ownership().whole();
    for (var stretch : stretches) {
      var spec = shares.ownership().entry(stretch.entry());
      for (var name : names(config, spec)) {
        all.computeIfAbsent(
                spec.name() + "." + name,
                full -> new Remembered(full, spec, new ArrayList<>(), new LinkedHashMap<>()))
            .stretches
            .add(stretch);
      }
    }
    for (var part : parts) {
      part.rule
          .state()
          .forEach((name, tensor) ->
              Optional.ofNullable(all.get(part.spec.name() + "." + name))
                  .orElseThrow()
                  .here
                  .put(part.stretch, tensor));
    }
    return List.copyOf(all.values());
  }

  private static List<String> names(OptimizerConfig config, ParameterSpec spec) {
    return switch (config.method()) {
      case ADAMW -> AdamWRule.NAMES;
      case SGD -> MomentumRule.NAMES;
      case MUON -> isWhole(config, spec) ? MomentumRule.NAMES : AdamWRule.NAMES;
    };
  }

  /// How many numbers are remembered of each of an entry.
  static int moments(OptimizerConfig config, ParameterSpec spec) {
    return names(config, spec).size();
  }

  /// The same as tensors, by their names, where each rank has them whole.
  SequencedMap<String, Tensor> state() {
    var state = new LinkedHashMap<String, Tensor>();
    for (var one : remembered()) {
      if (sum.shares().shares(Sharding.OPTIMIZER)) {
        throw new IllegalStateException("no rank has all of the optimizer state");
      }
      state.put(one.name, one.whole());
    }
    return Collections.unmodifiableSequencedMap(state);
  }
}
