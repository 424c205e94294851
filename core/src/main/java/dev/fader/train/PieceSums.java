package dev.fader.train;

import dev.fader.kernel.optimizer.Updates;
import dev.fader.tensor.Tensor;
import java.util.Arrays;

/// Sums of squares of entries that learn, taken piece by piece: each rank takes those of what it
/// updates, and all add up those of all in one order.
final class PieceSums {
  private final Updates updates;
  private final Shares shares;
  private final int[] starts; // of the pieces of each entry, and behind the last
  private final double[] sums;

  PieceSums(Updates updates, Shares shares) {
    this.updates = updates;
    this.shares = shares;
    this.starts = starts(shares.ownership());
    this.sums = new double[starts[starts.length - 1]];
  }

  private static int[] starts(Ownership ownership) {
    var starts = new int[ownership.entries() + 1];
    for (var stretch : ownership.stretches()) {
      starts[stretch.entry() + 1] += pieces(stretch);
    }
    for (int entry = 0; entry < starts.length - 1; entry++) {
      starts[entry + 1] += starts[entry];
    }
    return starts;
  }

  static int pieces(Stretch stretch) {
    return Math.toIntExact(Math.ceilDiv(stretch.count(), (long) Updates.PIECE));
  }

  void clear() {
    Arrays.fill(sums, 0);
  }

  /// Takes the sums of a stretch.
  void take(Stretch stretch, Tensor numbers) {
    updates.squares(numbers, sums, start(stretch));
  }

  private int start(Stretch stretch) {
    return starts[stretch.entry()] + (int) (stretch.from() / Updates.PIECE);
  }

  /// Brings together what all ranks have taken, where they have not all taken the same.
  void gather() {
    if (!shares.shares(Sharding.OPTIMIZER)) {
      return;
    }
    int ranks = shares.ranks().collective().size();
    var own = new double[sums.length];
    var counts = new int[ranks];
    for (var stretch : shares.ownership().stretches()) {
      int count = pieces(stretch);
      if (stretch.owner() == shares.rank()) {
        System.arraycopy(sums, start(stretch), own, counts[stretch.owner()], count);
      }
      counts[stretch.owner()] += count;
    }
    var all = shares.exchange().orElseThrow().gather(own, counts);
    var next = new int[ranks];
    for (int rank = 1; rank < ranks; rank++) {
      next[rank] = next[rank - 1] + counts[rank - 1];
    }
    for (var stretch : shares.ownership().stretches()) {
      int count = pieces(stretch);
      System.arraycopy(all, next[stretch.owner()], sums, start(stretch), count);
      next[stretch.owner()] += count;
    }
  }

  /// The sum of squares of an entry.
  double of(int entry) {
    double sum = 0;
    for (int piece = starts[entry]; piece < starts[entry + 1]; piece++) {
      sum += sums[piece];
    }
    return sum;
  }
}
