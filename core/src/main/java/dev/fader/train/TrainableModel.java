package dev.fader.train;

import dev.fader.data.Batch;
import dev.fader.format.TensorContent;
import dev.fader.grad.Tape;
import dev.fader.kernel.Kernels;
import dev.fader.model.Decoder;
import dev.fader.model.Initialization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.TrainingRun.Compute;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.BiFunction;

/// A model in training: weights, gradients, optimizer state, and the training step.
///
/// What a step does is a function of the weights, the batches, the plan and the configuration
/// alone, to the bit, for any number of threads. All memory is taken from one [TensorMemory] and
/// given back by [#close()]; steps after the first of a shape take no more. For use by one thread.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class TrainableModel implements AutoCloseable {
  /// Between the seeds of ranks that draw for themselves.
  private static final long RANK_SEED = 0x9E3779B97F4A7C15L;

  private final Kernels kernels;
  private final Ranks ranks;
  private final TrainingConfig config;
  private final TensorMemory memory;
  private final Deque<Runnable> closings = new ArrayDeque<>(); // of what was opened
  private final Parameters parameters;
  private final Decoder decoder;
  private final Optimizer optimizer;
  private final OptimizerState state;
  private final WeightState weights;
  private final Optional<Exchange> exchange; // with the other ranks
  private final Optional<OuterStep> outer;
  private final Optional<WaitingClock> clock;
  private final Optional<RankStates> others; // of ranks that take steps of their own
  private final long drawSeed; // of dropout
  private final int ownMicrobatches;
  private final StepGradient gradient;
  private final UpdateRatios ratios;
  private final BatchLoss loss;
  private final Tape tape;
  private final Tape inferring;
  private final Optional<ExpertWatch> watch;
  private final Optional<SparsityPenalty> penalty;
  private final Decoder learning;
  private final Optional<ZeroCount> zeros;
  private final Decoder evaluated;
  private Optional<Waiting> waiting = Optional.empty();
  private Optional<Path> resumed = Optional.empty(); // the checkpoint that was read

  /// A model of zeros. Call [#initialize()] or fill [#parameters()] before the first step.
  ///
  /// @throws dev.fader.tensor.OutOfTensorMemory if `memory` has no room; nothing stays open then
  public TrainableModel(
      Kernels kernels, TensorMemory memory, ModelConfig model, TrainingConfig config) {
    this(new Compute(kernels, memory), model, config);
  }

  /// The same of one of the ranks of a group, which all make the same model.
  ///
  /// @throws TrainingException if there are fewer microbatches in a step than ranks
  public TrainableModel(Compute compute, ModelConfig model, TrainingConfig config) {
    this(compute, config, table(compute.ranks(), model), true);
  }

  private static BiFunction<TensorArena, TensorArena, Parameters> table(
      Ranks ranks, ModelConfig model) {
    return ranks.shares(Sharding.GRADIENTS)
        ? (weights, gradients) ->
            Parameters.learnedInTurn(model, weights, gradients, ranks.shares(Sharding.WEIGHTS))
        : (weights, gradients) -> Parameters.learned(model, weights, gradients);
  }

  /// A model of which only a part learns: the entries of its table, and those beside it, that have
  /// a gradient.
  ///
  /// @param table makes the table, with what learns in the first arena and its gradients in the
  ///   second
  /// @throws dev.fader.tensor.OutOfTensorMemory if `memory` has no room; nothing stays open then
  public TrainableModel(
      Compute compute,
      TrainingConfig config,
      BiFunction<TensorArena, TensorArena, Parameters> table) {
    this(compute, config, table, false);
  }

  /// @param whole whether all of the model learns
  private TrainableModel(
      Compute compute,
      TrainingConfig config,
      BiFunction<TensorArena, TensorArena, Parameters> table,
      boolean whole) {
    this.kernels = compute.kernels();
    this.memory = compute.memory();
    this.config = config;
    this.ranks = whole ? compute.ranks().ofStep() : compute.ranks().ofStep().ofFew();
    var local = compute.ranks().local();
    var all = compute.ranks().turns(config.batching().accumulate());
    var turns = local.isPresent() ? Turns.alone(all.count()) : all;
    ownMicrobatches = all.count();
    drawSeed = config.seed() + (local.isPresent() ? all.rank() * RANK_SEED : 0);
    TrainingException.require(
        local.isEmpty() || config.balancing().method() != Balancing.Method.BIAS,
        "ranks that take steps of their own would each move the biases of experts: choose `balance` loss or none");
    try {
      var weights = open("weights");
      var gradients = open("gradients");
      parameters = table.apply(weights, gradients);
      watch = ExpertWatch.of(parameters, config.balancing());
      var sum = new GradientSum(kernels.updates(), table(turns, weights, gradients), gradients);
      sum.prepare(turns.rounds());
      exchange = sum.shares().exchange();
      exchange.ifPresent(some -> closings.push(some::close)); // before the memory that it uses
      var moments = open("optimizer");
      optimizer = new Optimizer(kernels, config.optimizer(), sum, moments);
      state = new OptimizerState(optimizer, sum.shares());
      this.weights = new WeightState(sum.table(), optimizer.remembered().size());
      ratios = new UpdateRatios(kernels, sum, moments);
      var activations = open("activations");
      decoder = new Decoder(parameters, activations);
      var batching = config.batching();
      loss = new BatchLoss(decoder, activations, batching.batch(), batching.context());
      tape =
          new Tape(
              kernels,
              activations,
              config.recompute() ? Tape.Mode.TRAIN_RECOMPUTING : Tape.Mode.TRAIN);
      inferring = new Tape(kernels, activations, Tape.Mode.INFER);
      penalty =
          config.sparsity().peak() == 0
              ? Optional.empty()
              : Optional.of(new SparsityPenalty(decoder.config(), loss));
      learning = learning(penalty.map(decoder::intervened).orElse(decoder), sum);
      zeros = ZeroCount.of(decoder.config(), loss);
      evaluated = evaluated(zeros.map(decoder::intervened).orElse(decoder), sum.table());
      var outerClock = local.map(_ -> new WaitingClock());
      outer =
          outerClock.map(some -> new OuterStep(compute.ranks(), some, learnedWeights(), moments));
      clock = exchange.map(Exchange::clock).or(() -> outerClock);
      others = outer.map(step -> new RankStates(compute.ranks(), step, optimizer.state()));
      var listeners = new StepGradient.Listeners(watch.map(ExpertWatch::balance), penalty);
      gradient = new StepGradient(parameters, tape, sum, listeners);
    } catch (RuntimeException | Error failed) {
      close();
      throw failed;
    }
  }

  private Table table(Turns turns, TensorArena weightMemory, TensorArena gradients) {
    var learned = parameters.learned();
    var whole = learned.stream().map(spec -> Optimizer.isWhole(config.optimizer(), spec)).toList();
    var ownership = new Ownership(learned, whole, turns.ranks());
    var model = parameters.config();
    var units =
        learned.equals(parameters.specs())
            ? Shares.units(learned, model, ranks.isAlone(), ranks.shares(Sharding.GRADIENTS))
            : LayersInTurn.together(learned.size());
    long gathered = StepGradient.gathered(turns.microbatches(), ExpertWatch.numbers(model));
    var room = new Shares.Room(kernels.updates(), gradients, gathered);
    var shares = Shares.of(ranks, ownership, units, room);
    Optional<LayerWeights> layers =
        ranks.shares(Sharding.WEIGHTS)
            ? Optional.of(new LayerWeights(parameters, shares, weightMemory))
            : Optional.empty();
    return new Table(parameters, shares, layers);
  }

  /// A decoder whose layers tell when their gradients are complete, where several units of them are
  /// exchanged, and take turns with the memory of gradients and weights, if they must.
  private Decoder learning(Decoder whole, GradientSum sum) {
    return sum.shares().units().size() > 1
        ? whole.intervened(
            new LayersInTurn(
                parameters.config(),
                layer -> sum.table().layers().ifPresent(all -> all.gather(layer)),
                sum::completeLayer))
        : whole;
  }

  private Decoder evaluated(Decoder whole, Table table) {
    return table
        .layers()
        .map(layers ->
            whole.intervened(new LayersInTurn(parameters.config(), layers::gather, _ -> {})))
        .orElse(whole);
  }

  private SequencedMap<String, Tensor> learnedWeights() {
    var weights = new LinkedHashMap<String, Tensor>();
    parameters.learned().forEach(spec -> weights.put(spec.name(), parameters.get(spec).value()));
    return weights;
  }

  private TensorArena open(String purpose) {
    var arena = memory.open(purpose);
    closings.push(arena::close);
    return arena;
  }

  /// Fills the model with the random numbers of its family, from the configuration's seed.
  public void initialize() {
    try {
      fill(wanted -> Initialization.fill(parameters, kernels.workers(), config.seed(), wanted));
    } catch (IOException never) {
      throw new UncheckedIOException(never);
    }
  }

  /// Fills the model from `source`: now, or where weights are shared out, in [#share()].
  void fill(WeightState.Source source) throws IOException {
    weights.fill(source);
  }

  /// The weights on their way to a file.
  List<TensorContent> weightContents() {
    return weights.contents();
  }

  /// The model's weights and their gradients.
  public Parameters parameters() {
    return parameters;
  }

  /// The decoder, for generating text between two steps.
  ///
  /// @throws TrainingException if this rank has only its share of the weights
  public Decoder decoder() {
    TrainingException.require(
        !ranks.shares(Sharding.WEIGHTS),
        "each rank has only its share of the weights, and cannot generate text by itself: choose `zero` 2 or less");
    return decoder;
  }

  /// The optimizer state by name, where each rank has all of it.
  public SequencedMap<String, Tensor> optimizerState() {
    return optimizer.state();
  }

  /// The bytes of what the optimizer of this rank remembers.
  public long rememberedBytes() {
    return optimizer.remembered().stream()
        .flatMap(one -> one.here().values().stream())
        .mapToLong(tensor -> tensor.type().bytesFor(tensor.shape()))
        .sum();
  }

  /// The optimizer state on its way to a file and back.
  OptimizerState state() {
    return state;
  }

  /// One update from the gradient of the mean loss over all targets of `batches`.
  ///
  /// Gradients accumulate over the batches, as if all their sequences were one batch: those of this
  /// rank, and of the others. A step whose loss or gradient is NaN or infinite updates nothing.
  ///
  /// @throws IllegalArgumentException if the batches hold no target
  public StepResult step(List<Batch> batches, StepPlan plan) {
    requireOpen();
    return step(nextTokens(batches), plan);
  }

  /// One update from the gradient of a loss, of which each rank has its microbatches. A step whose
  /// loss or gradient is NaN or infinite updates nothing.
  public StepResult step(Objective objective, StepPlan plan) {
    requireOpen();
    clock.ifPresent(WaitingClock::start);
    try {
      return take(objective, plan);
    } catch (RuntimeException | Error failed) {
      if (exchange.map(Exchange::isBusy).orElse(false)) {
        ranks.fail(failed); // before what others wait for goes on into memory that is given back
      }
      throw failed;
    } finally {
      clock.ifPresent(WaitingClock::stop);
    }
  }

  private StepResult take(Objective objective, StepPlan plan) {
    watch.ifPresent(experts -> experts.begin(tape));
    penalty.ifPresent(some -> some.begin(plan.sparsityLoss()));
    var draws = new Objective.Draws((float) config.dropout(), drawSeed, plan.step());
    var found = gradient.of(objective, turns(objective), draws);
    waiting = found.waiting();
    double norm = optimizer.gradientNorm();
    var result = new StepResult(found.loss(), norm, targets(found), List.of(), loads());
    var updated = result.isDiverged() ? result : update(result, plan);
    if (plan.meets()) { // also where this rank has updated nothing: the others wait for it
      waiting = outer.map(OuterStep::take).or(() -> waiting);
    }
    return updated;
  }

  /// How long the ranks have waited for each other since they told last, if they told in the last
  /// step: ranks that take steps of their own do where they meet.
  public Optional<Waiting> waiting() {
    return waiting;
  }

  /// What makes common weights of those of ranks that take steps of their own, where they do.
  Optional<OuterStep> outer() {
    return outer;
  }

  /// What the optimizers of the others remember then.
  Optional<RankStates> others() {
    return others;
  }

  /// The run goes on from a checkpoint, which the first rank has read.
  void resumeFrom(Path directory) {
    resumed = Optional.of(directory);
  }

  /// Does what the first rank asked all others for, with [Learner#give(int, int)].
  public void give(int rank, int index) {
    others.orElseThrow().give(rank, index);
  }

  /// Of all ranks; others that take steps of their own have about as many in each microbatch.
  private long targets(StepGradient.Found found) {
    return outer.isEmpty()
        ? found.targets()
        : found.targets() * config.batching().accumulate() / ownMicrobatches;
  }

  /// One process takes whatever it is given.
  private Turns turns(Objective objective) {
    return ranks.isAlone()
        ? Turns.alone(objective.microbatches())
        : ranks.turns(config.batching().accumulate());
  }

  /// Gives all ranks the weights and the optimizer state of the first, at the same time on all.
  ///
  /// @throws UncheckedIOException if the first cannot read them
  public void share() {
    if (!ranks.isAlone()) {
      try {
        weights.share();
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
      state.share();
    }
    outer.ifPresent(step -> {
      learnedWeights().values().forEach(step::share);
      optimizer.state().values().forEach(step::share);
      step.state().values().forEach(step::share);
      step.begin();
    });
    others.ifPresent(states -> states.share(resumed));
  }

  /// Gives all ranks the numbers of the first, at the same time on all.
  public void share(Collection<Tensor> tensors) {
    exchange.ifPresent(all -> tensors.forEach(all::share));
    outer.ifPresent(step -> tensors.forEach(step::share));
  }

  /// Does what the first rank asked all others for, with [Learner#collect(int)].
  public void collect(int number) {
    int tensors = optimizer.remembered().size();
    if (number < tensors) {
      state.collect(number);
    } else {
      weights.collect(number);
    }
  }

  private List<ExpertLoad> loads() {
    return watch.map(ExpertWatch::loads).orElse(List.of());
  }

  /// What the gradients of a step were multiplied with before the update.
  public double clipFactor(StepResult result) {
    return optimizer.clipFactor(result.gradientNorm());
  }

  private StepResult update(StepResult found, StepPlan plan) {
    double factor = optimizer.clipFactor(found.gradientNorm());
    var measured = plan.measureUpdates() ? Optional.of(ratios) : Optional.<UpdateRatios>empty();
    ratios.clear();
    optimizer.update(plan.step() + 1, (float) plan.learningRate(), (float) factor, measured);
    double share = plan.learningRate() / config.schedule().peak();
    watch.ifPresent(experts -> experts.moveBiases(share));
    if (!plan.measureUpdates()) {
      return found;
    }
    return new StepResult(
        found.loss(), found.gradientNorm(), found.targets(), ratios.ratios(), found.experts());
  }

  /// Whether all weights are finite. An update that is too large can overflow weights although loss
  /// and gradient are still finite.
  public boolean isFinite() {
    return weights.isFinite(kernels.updates());
  }

  /// The mean loss over all targets of `batches`, with no dropout and no gradients.
  ///
  /// @throws IllegalArgumentException if they hold no target
  public Evaluation evaluate(Iterable<Batch> batches) {
    requireOpen();
    watch.ifPresent(experts -> experts.begin(inferring));
    zeros.ifPresent(ZeroCount::begin);
    try {
      var found = LossEvaluator.evaluate(inferring, evaluated, loss, batches);
      var shares = zeros.map(ZeroCount::shares).orElse(List.of());
      return new Evaluation(found.loss(), found.tokens(), loads(), shares);
    } finally {
      inferring.balance(Optional.empty());
    }
  }

  /// The loss of the next tokens of `batches`, for [#step(Objective, StepPlan)].
  public Objective nextTokens(List<Batch> batches) {
    return new NextTokens(learning, loss, batches);
  }

  /// What loads batches for the decoder.
  public BatchLoss batchLoss() {
    return loss;
  }

  /// A tape that records nothing, for objectives that compare with something that does not learn.
  public Tape inferring() {
    return inferring;
  }

  private void requireOpen() {
    if (closings.isEmpty()) {
      throw new IllegalStateException(
          "the trainer is closed: its weights, gradients and moments were given back");
    }
  }

  /// Gives all memory back.
  @Override
  public void close() {
    while (!closings.isEmpty()) {
      closings.pop().run();
    }
  }
}
