package dev.fader.train;

import dev.fader.grad.ExpertBalance;
import dev.fader.grad.Tape;
import dev.fader.model.Parameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;

/// The gradient of a step: its microbatches run one after the other, each on the rank that has it,
/// and their gradients are added up in the order of the microbatches.
///
/// What they are added up to is the same to the bit for any number of ranks, and so is the loss.
final class StepGradient {
  private static final double NANOS = 1e-9;

  /// Numbers of the size of a microbatch: its weight, targets and rows.
  private static final int SIZE = 3;

  // What is found of a microbatch: its loss, how long its rank waited, and what its experts did.
  private static final int LOSS = 0;
  private static final int WAITED = 1;
  private static final int COUNTS = 2;

  private final Parameters parameters;
  private final Tape tape;
  private final Shares shares;
  private final GradientSum sum;
  private final Optional<ExpertBalance> balance;
  private final Optional<SparsityPenalty> penalty;

  /// What is told about experts and zeros, where there are some.
  record Listeners(Optional<ExpertBalance> balance, Optional<SparsityPenalty> penalty) {}

  /// What was found.
  ///
  /// @param loss the mean
  /// @param waiting of the ranks since the loss of the step before was known; nothing of one
  ///   process
  record Found(double loss, long targets, Optional<Waiting> waiting) {}

  StepGradient(Parameters parameters, Tape tape, GradientSum sum, Listeners listeners) {
    this.parameters = parameters;
    this.tape = tape;
    this.sum = sum;
    this.shares = sum.shares();
    this.balance = listeners.balance;
    this.penalty = listeners.penalty;
  }

  /// How many numbers of 8 bytes the ranks gather at a time, at most.
  ///
  /// @param counted of experts, in each microbatch
  static long gathered(int microbatches, int counted) {
    return (long) microbatches * Math.max(SIZE, COUNTS + counted);
  }

  /// How many numbers of 8 bytes the others are told of a microbatch in a step.
  ///
  /// @param counted of experts
  static int told(int counted) {
    return SIZE + COUNTS + counted;
  }

  /// Fills the gradients of the table.
  ///
  /// @param turns whose microbatches are whose
  /// @throws IllegalArgumentException if no microbatch has a target, or there are more or fewer
  ///   here than are this rank's
  Found of(Objective objective, Turns turns, Objective.Draws draws) {
    if (objective.microbatches() != turns.count()) {
      throw new IllegalArgumentException(
          "%d microbatches where this rank takes %d of a step"
              .formatted(objective.microbatches(), turns.count()));
    }
    var step = size(objective, turns);
    penalty.ifPresent(zeros -> zeros.expect(step.rows()));
    balance.ifPresent(experts -> experts.expect(step.rows()));
    if (turns.microbatches() > 1 && balance.map(ExpertBalance::needsAllBatches).orElse(false)) {
      countAhead(objective, turns, draws);
    }
    var found = new long[turns.count()][];
    for (int round = 0; round < turns.rounds(); round++) {
      sum.begin(turns, round);
      if (round < turns.count()) {
        parameters.clearGradients();
        tape.dropout(draws.of(turns.number(round), turns.microbatches()));
        var output = objective.forward(tape, round);
        sum.settle();
        double loss = objective.startBackward(tape, round, output, step);
        tape.backward();
        found[round] = withCounts(loss);
      }
      sum.end();
    }
    var clock = shares.exchange().map(Exchange::clock);
    var reading = clock.map(WaitingClock::take);
    reading.ifPresent(read -> found[0][WAITED] = read.waited());
    var all = shares.gather(found, turns);
    double loss = loss(all) / step.weight() + objective.addPenalty();
    return new Found(loss, step.targets(), reading.map(read -> waiting(all, turns, read)));
  }

  private static Waiting waiting(long[][] found, Turns turns, WaitingClock.Reading own) {
    var seconds = new ArrayList<Double>();
    for (int rank = 0; rank < turns.ranks(); rank++) {
      seconds.add(found[rank][WAITED] * NANOS);
    }
    return new Waiting(seconds, own.of() * NANOS);
  }

  /// How much is in all microbatches of the step.
  private Objective.Size size(Objective objective, Turns turns) {
    var own = new long[turns.count()][];
    for (int i = 0; i < own.length; i++) {
      var size = objective.size(i);
      own[i] = new long[] {Double.doubleToRawLongBits(size.weight()), size.targets(), size.rows()};
    }
    var step = Objective.Size.NONE;
    for (long[] one : shares.gather(own, turns)) {
      step = step.plus(new Objective.Size(Double.longBitsToDouble(one[0]), one[1], one[2]));
    }
    if (step.targets() == 0) {
      throw new IllegalArgumentException("a step needs at least one token to predict");
    }
    return step;
  }

  /// The gradient of a balance that is one over all microbatches must know the last before the
  /// first: so they are run once more, for a third of the work of a step.
  private void countAhead(Objective objective, Turns turns, Objective.Draws draws) {
    var counts = new long[turns.count()][];
    for (int i = 0; i < turns.rounds(); i++) {
      if (i >= counts.length) {
        sum.table().layers().ifPresent(LayerWeights::passForwards);
        continue;
      }
      tape.dropout(draws.of(turns.number(i), turns.microbatches()));
      objective.forward(tape, i);
      tape.clear();
      counts[i] = balance.orElseThrow().take();
    }
    for (long[] counted : shares.gather(counts, turns)) {
      balance.orElseThrow().add(counted);
    }
    balance.orElseThrow().complete();
  }

  /// The loss of a microbatch, and what its experts did unless that is known.
  private long[] withCounts(double loss) {
    boolean counts = balance.isPresent() && !balance.get().isComplete();
    long[] counted = counts ? balance.get().take() : new long[0];
    var found = new long[COUNTS + counted.length];
    found[LOSS] = Double.doubleToRawLongBits(loss);
    System.arraycopy(counted, 0, found, COUNTS, counted.length);
    return found;
  }

  /// The sum of the losses of all microbatches.
  private double loss(long[][] found) {
    double sum = 0;
    for (long[] one : found) {
      sum += Double.longBitsToDouble(one[LOSS]);
      if (one.length > COUNTS) {
        balance.orElseThrow().add(Arrays.copyOfRange(one, COUNTS, one.length));
      }
    }
    return sum;
  }
}
