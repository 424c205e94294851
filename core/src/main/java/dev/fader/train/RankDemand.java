package dev.fader.train;

import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import java.util.List;
import java.util.Optional;

/// What a rank of a group that trains a whole model takes and sends. Activations come on top, as
/// many as one process takes for one microbatch.
///
/// @param weights bytes of the parameter table
/// @param gradients bytes of the gradient of a microbatch, and of sums
/// @param optimizer bytes of optimizer state and scratch memory
/// @param exchange bytes of what is on its way to and from other ranks
/// @param sentPerStep bytes that go to other ranks in a step that measures no updates; on average,
///   where not every step sends
public record RankDemand(
    long weights, long gradients, long optimizer, long exchange, long sentPerStep) {
  /// One rank of a group.
  ///
  /// @param rank from 0
  /// @param ranks of the group
  /// @param local if they seldom talk
  public record Member(int rank, int ranks, Sharding sharding, Optional<LocalSteps> local) {
    /// This rank.
    public static Member of(Ranks ranks) {
      var group = ranks.collective();
      return new Member(group.rank(), group.size(), ranks.sharding(), ranks.local());
    }

    boolean shares(Sharding what) {
      return ranks > 1 && sharding.includes(what);
    }
  }

  /// The demand of one rank.
  ///
  /// @throws TrainingException if there are fewer microbatches in a step than ranks
  public static RankDemand of(ModelConfig model, TrainingConfig config, Member member) {
    return new Calculation(model, config, member).demand();
  }

  private record Calculation(ModelConfig model, TrainingConfig config, Member member) {
    RankDemand demand() {
      var specs = ParameterLayout.of(model);
      var turns = new Turns(config.batching().accumulate(), member.rank, member.ranks);
      var whole = specs.stream().map(spec -> Optimizer.isWhole(config.optimizer(), spec)).toList();
      var ownership = new Ownership(specs, whole, member.ranks);
      long all = specs.stream().mapToLong(spec -> spec.shape().elements()).sum();
      if (member.local.isPresent()) {
        return apart(all, turns.count(), ownership);
      }
      long own = ownership.count(member.rank);
      boolean sums = turns.rounds() > 1 || member.shares(Sharding.GRADIENTS);
      long gradients =
          member.shares(Sharding.GRADIENTS)
              ? Parameters.numbersInTurn(specs, model, Parameters.Turns.OF_GRADIENTS)
              : all;
      return new RankDemand(
          bytes(
              member.shares(Sharding.WEIGHTS)
                  ? Parameters.numbersInTurn(specs, model, Parameters.Turns.OF_WEIGHTS)
                      + ownership.countInTurn(member.rank)
                  : all),
          bytes(gradients + (sums ? own : 0)),
          bytes(optimizer(ownership)),
          exchange(specs, ownership, turns),
          sent(ownership, turns, all));
    }

    /// Where each rank has all for itself, and what was common last.
    private RankDemand apart(long all, int microbatches, Ownership ownership) {
      int every = member.local.map(LocalSteps::every).orElse(1);
      return new RankDemand(
          bytes(all),
          bytes(all * (microbatches > 1 ? 2 : 1)),
          bytes(optimizer(ownership) + 2 * all),
          OuterStep.room(all, member.ranks),
          OuterStep.sent(all, member.rank, member.ranks) / every);
    }

    /// In each round what others own of the gradient, and in the end what this rank owns to all
    /// others: of the sum, or of the weights. Besides of each microbatch its size, its loss and
    /// what its experts did, and of each piece of a shared sum its square.
    private long sent(Ownership ownership, Turns turns, long all) {
      long own = ownership.count(member.rank);
      long others = member.ranks - 1L;
      long pieces =
          member.shares(Sharding.OPTIMIZER)
              ? ownership.of(member.rank).stream().mapToLong(PieceSums::pieces).sum()
              : 0;
      long counted = (long) turns.count() * StepGradient.told(ExpertWatch.numbers(model));
      return member.ranks == 1
          ? 0
          : bytes(turns.count() * (all - own) + others * gathered(ownership, turns))
              + others * (counted + pieces) * Long.BYTES;
    }

    /// How many numbers this rank gives each other in the end, or of layers that take turns, each
    /// time that they are brought together: once forwards and once backwards in each round, but for
    /// the last layer backwards, and for the first layer, which is there already from round to
    /// round. A loss that balances experts over all microbatches takes each forwards once more
    /// before.
    private long gathered(Ownership ownership, Turns turns) {
      if (!member.shares(Sharding.WEIGHTS)) {
        return ownership.count(member.rank);
      }
      var units = LayersInTurn.units(ParameterLayout.of(model), model);
      long numbers = 0;
      int layers = LayersInTurn.count(model);
      boolean countsAhead = turns.microbatches() > 1 && ExpertWatch.needsAllBatches(model, config);
      for (int layer = 0; layer < layers; layer++) {
        boolean last = layer == 0;
        boolean first = layer == layers - 1;
        long rounds = turns.rounds();
        long times = (last ? 0 : rounds) + (first ? 1 : rounds) + (countsAhead ? rounds : 0);
        numbers += times * own(ownership, units.get(layer).entries());
      }
      return numbers + own(ownership, units.getLast().entries());
    }

    private long own(Ownership ownership, List<Integer> entries) {
      return ownership.of(entries).stream()
          .filter(stretch -> stretch.owner() == member.rank)
          .mapToLong(Stretch::count)
          .sum();
    }

    private long optimizer(Ownership ownership) {
      boolean shared = member.shares(Sharding.OPTIMIZER);
      long remembered = 0;
      long largest = 0; // that is made orthogonal
      long shorter = 0;
      long copied = 0;
      for (var stretch : shared ? ownership.of(member.rank) : ownership.whole()) {
        var spec = ownership.entry(stretch.entry());
        int moments = Optimizer.moments(config.optimizer(), spec);
        remembered += moments * stretch.count();
        if (spec.role().inLayer()) {
          copied = Math.max(copied, stretch.count());
        }
        if (Optimizer.isWhole(config.optimizer(), spec)) {
          largest = Math.max(largest, stretch.count());
          var shape = spec.shape();
          shorter = Math.max(shorter, Math.min(shape.dimension(0), shape.dimension(1)));
        }
      }
      return remembered + 3 * largest + 2 * shorter * shorter + Math.max(1, copied);
    }

    private long exchange(List<ParameterSpec> specs, Ownership ownership, Turns turns) {
      if (member.ranks == 1) {
        return 0;
      }
      var units = Shares.units(specs, model, false, member.shares(Sharding.GRADIENTS));
      long gathered = StepGradient.gathered(turns.microbatches(), ExpertWatch.numbers(model));
      var room = Shares.room(ownership, Shares.units(ownership, units, member.ranks), gathered);
      return room.sent() + room.received();
    }

    private static long bytes(long numbers) {
      return Math.multiplyExact(numbers, Float.BYTES);
    }
  }

  /// The bytes of all.
  public long total() {
    return weights + gradients + optimizer + exchange;
  }
}
