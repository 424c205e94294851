package dev.fader.train;

import dev.fader.kernel.optimizer.Updates;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.tensor.TensorArena;
import java.util.List;
import java.util.Optional;

/// Who owns what of a model, and how the ranks of a group exchange it.
///
/// @param units what is exchanged together, in this order
/// @param exchange if there are other ranks
record Shares(Ranks ranks, Ownership ownership, List<Unit> units, Optional<Exchange> exchange) {
  /// Layers with fewer numbers are exchanged together: a megabyte is long on the way, beside what
  /// it takes to begin.
  private static final long LEAST = 1 << 18;

  /// Entries whose gradients are complete at the same time.
  ///
  /// @param layers whose backward passes are over then
  record Unit(
      int layers, List<Integer> entries, List<Stretch> stretches, List<Exchange.Bucket> buckets) {
    private static Unit of(Ownership ownership, LayersInTurn.Unit unit, int ranks) {
      var stretches = ownership.of(unit.entries());
      return new Unit(
          unit.layers(),
          unit.entries(),
          stretches,
          Exchange.buckets(stretches, ranks, Exchange.BUCKET));
    }
  }

  /// What ranks that all learn a whole model exchange together.
  ///
  /// @param alone whether there is nothing to exchange
  /// @param inTurn whether layers take turns with memory
  static List<LayersInTurn.Unit> units(
      List<ParameterSpec> entries, ModelConfig model, boolean alone, boolean inTurn) {
    return alone
        ? LayersInTurn.together(entries.size())
        : LayersInTurn.units(entries, model, inTurn ? 0 : LEAST);
  }

  /// What exchanges stand on.
  ///
  /// @param longs that are gathered in a step besides, at most
  record Room(Updates updates, TensorArena arena, long longs) {}

  /// @param units what is exchanged together
  static Shares of(Ranks ranks, Ownership ownership, List<LayersInTurn.Unit> units, Room room) {
    var made = units(ownership, units, ranks.collective().size());
    if (ranks.isAlone()) {
      return new Shares(ranks, ownership, made, Optional.empty());
    }
    var exchange =
        new Exchange(
            ranks.collective(), room.updates, room(ownership, made, room.longs), room.arena);
    return new Shares(ranks, ownership, made, Optional.of(exchange));
  }

  static List<Unit> units(Ownership ownership, List<LayersInTurn.Unit> units, int ranks) {
    return units.stream().map(unit -> Unit.of(ownership, unit, ranks)).toList();
  }

  /// The memory of their exchanges.
  ///
  /// @param longs that are gathered in a step besides, at most
  static Exchange.Room room(Ownership ownership, List<Unit> units, long longs) {
    long pieces = ownership.stretches().stream().mapToLong(PieceSums::pieces).sum();
    var buckets = units.stream().flatMap(unit -> unit.buckets.stream()).toList();
    return Exchange.Room.of(buckets, ownership.ranks(), Math.max(longs, pieces));
  }

  /// Of one process.
  static Shares alone(Ownership ownership) {
    return new Shares(Ranks.alone(), ownership, List.of(), Optional.empty());
  }

  /// Whether ranks keep only their shares of something.
  boolean shares(Sharding what) {
    return ranks.shares(what);
  }

  int rank() {
    return ranks.collective().rank();
  }

  /// The stretches that this rank owns.
  List<Stretch> own() {
    return ownership.of(rank());
  }

  /// The stretches that this rank updates.
  List<Stretch> updated() {
    return shares(Sharding.OPTIMIZER) ? own() : ownership.whole();
  }

  /// How many numbers this rank owns.
  long count() {
    return ownership.count(rank());
  }

  /// The rows of all microbatches of a step, in their order.
  ///
  /// @param own of this rank's, all of one length
  long[][] gather(long[][] own, Turns turns) {
    return exchange.isPresent() ? exchange.get().gather(own, turns) : own;
  }
}
