package dev.fader.app.cli.report;

import dev.fader.app.cli.option.PlanOptions;
import dev.fader.inspect.network.GroupStep;
import dev.fader.inspect.network.Network;
import dev.fader.inspect.network.RankGroup;
import dev.fader.inspect.network.RankWork;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Training one model by many ranks over a network.
///
/// @param memory of each rank by what it keeps only its share of, from nothing to weights too (ZeRO
///   0 to 3; ranks that seldom talk share nothing); empty where only the model's size is known
/// @param step of each rank
/// @param tokensPerStep of all ranks
record RankPlan(
    RankGroup group,
    Network network,
    RankWork work,
    List<Double> memory,
    GroupStep step,
    double tokensPerStep) {
  private static final int STAGES = 4;
  private static final int SINGLE = 4; // bytes

  /// The plan, where there are ranks.
  static Optional<RankPlan> of(ModelPlan plan, PlanOptions options) {
    return options
        .network()
        .group(options.setup().stage())
        .map(group -> of(plan, options, group, options.network().network()));
  }

  private static RankPlan of(
      ModelPlan plan, PlanOptions options, RankGroup group, Network network) {
    var setup = options.setup();
    var config = plan.subject().config();
    var method = options.method();
    double trained =
        method.isPresent() && config.isPresent()
            ? method.get().trainable(config.get())
            : plan.subject().parameters();
    double tokens = (double) options.batch() * plan.context();
    double flops = plan.trainingFlops() / plan.tokens() * tokens;
    var device = plan.device();
    var work =
        new RankWork(
            flops / (device.flopsPerSecond() * options.utilization()),
            setup.updateBytes(trained) / device.bytesPerSecond(),
            trained,
            method.isPresent() ? 1 : config.map(RankPlan::late).orElse(1.0),
            setup.precision().gradient(),
            setup.precision().weight(),
            device.bytesPerSecond());
    var memory = new ArrayList<Double>();
    int stages = group.syncEvery() > 1 ? 1 : STAGES;
    for (int stage = 0; stage < stages && config.isPresent(); stage++) {
      var staged = setup.withStage(stage);
      memory.add(ModelPlan.training(config.get(), plan.context(), options, staged).total());
    }
    return new RankPlan(
        group,
        network,
        work,
        List.copyOf(memory),
        GroupStep.of(work, group, network),
        tokens * group.microbatches());
  }

  /// The part of the numbers that are outside of layers, or in the first layer.
  private static double late(ModelConfig model) {
    double all = 0;
    double late = 0;
    for (var spec : ParameterLayout.of(model)) {
      double count = spec.shape().elements();
      all += count;
      late += Parameters.isInTurn(spec) && spec.layer() > 0 ? 0 : count;
    }
    return late / all;
  }

  /// What ranks keep beside all else that seldom talk: the weights of their last exchange, and the
  /// momentum of what came of them.
  double outerMemory() {
    return group.syncEvery() > 1 ? 2 * SINGLE * work.trained() : 0;
  }

  /// The step of another number of ranks, with as much work for each.
  GroupStep withRanks(int ranks) {
    return GroupStep.of(work, group.withRanks(ranks), network);
  }

  /// The step of ranks that exchange every `steps`.
  GroupStep withSync(int steps) {
    return GroupStep.of(work, new RankGroup(group.ranks(), group.rounds(), 0, steps), network);
  }

  /// One rank, its powers of four, and the number that was asked for.
  List<Integer> numbersOfRanks() {
    var numbers = new ArrayList<Integer>();
    for (int ranks = 1; ranks < group.ranks(); ranks *= 4) {
      numbers.add(ranks);
    }
    numbers.add(group.ranks());
    return List.copyOf(numbers);
  }

  double tokensPerSecond(GroupStep other, int ranks) {
    return tokensPerStep / group.ranks() * ranks / other.seconds();
  }

  int worthwhileRanks() {
    return GroupStep.worthwhileRanks(work, group, network);
  }
}
