package dev.fader.train;

import dev.fader.kernel.optimizer.Updates;
import dev.fader.tensor.TensorArena;
import java.util.List;
import java.util.Optional;

/// Who owns what of a model, and how the ranks of a group exchange it.
///
/// @param exchange if there are other ranks
record Shares(
    Ranks ranks, Ownership ownership, List<Exchange.Bucket> buckets, Optional<Exchange> exchange) {
  static Shares of(Ranks ranks, Ownership ownership, Room room) {
    var buckets = Exchange.buckets(ownership.stretches(), ranks.collective().size());
    if (ranks.isAlone()) {
      return new Shares(ranks, ownership, buckets, Optional.empty());
    }
    var size = Exchange.Room.of(buckets, ranks.collective().size(), room.longs);
    var exchange = new Exchange(ranks.collective(), room.updates, size, room.arena);
    return new Shares(ranks, ownership, buckets, Optional.of(exchange));
  }

  /// What exchanges stand on.
  ///
  /// @param longs that are gathered in a step besides, at most
  record Room(Updates updates, TensorArena arena, long longs) {}

  /// The stretches that this rank owns.
  List<Stretch> own() {
    return ownership.of(ranks.collective().rank());
  }

  /// How many numbers this rank owns.
  long count() {
    return ownership.count(ranks.collective().rank());
  }

  /// The rows of all microbatches of a step, in their order.
  ///
  /// @param own of this rank's, all of one length
  long[][] gather(long[][] own, Turns turns) {
    return exchange.isPresent() ? exchange.get().gather(own, turns) : own;
  }
}
