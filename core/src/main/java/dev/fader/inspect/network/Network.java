package dev.fader.inspect.network;

/// Links between ranks, each of which has one of its own: a message of n bytes takes `latency + n /
/// bytesPerSecond`, in both directions at once (the alpha-beta model of Hockney 1994). What ranks
/// exchange together costs as in Thakur, Rabenseifner and Gropp 2005, "Optimization of Collective
/// Communication Operations in MPICH": the algorithms for long messages.
///
/// @param bytesPerSecond of one link, in each direction
/// @param latency seconds from one rank to another
public record Network(double bytesPerSecond, double latency) {
  /// Checks the numbers.
  public Network {
    if (!(bytesPerSecond > 0 && bytesPerSecond < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "a network of %s bytes a second: give more than 0".formatted(bytesPerSecond));
    }
    if (!(latency >= 0 && latency < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "a latency of %s seconds: give 0 or more".formatted(latency));
    }
  }

  /// The same, where each link serves as many ranks at once.
  public Network sharedBy(int ranks) {
    return new Network(bytesPerSecond / ranks, latency);
  }

  /// Each rank sends every other its part of `bytes`, or all get the parts of all, `bytes`
  /// together. All messages are begun at once, so that the latency counts once, and not `p - 1`
  /// times as where they go pair by pair or around a ring: with 2 to 4 hosts 20 ms apart it was so.
  public double exchange(double bytes, int ranks) {
    return ranks == 1 ? 0 : latency + sent(bytes, ranks) / bytesPerSecond;
  }

  /// The sum of what all ranks have, on all: parts travel around a ring and are added up on the
  /// way, then they travel once more (Patarasuk and Yuan 2009). The order of the sum depends on the
  /// number of ranks, so that Fader does not do it.
  public double ring(double bytes, int ranks) {
    return 2 * (ranks - 1) * message(bytes / ranks);
  }

  /// The sum up a binomial tree and down again, each time as a whole: for short messages.
  public double tree(double bytes, int ranks) {
    return 2 * rounds(ranks) * message(bytes);
  }

  /// The sum by recursive halving and doubling (Rabenseifner 2004): the bytes of the ring in the
  /// rounds of the tree.
  public double halving(double bytes, int ranks) {
    return 2 * (rounds(ranks) * latency + sent(bytes, ranks) / bytesPerSecond);
  }

  private double message(double bytes) {
    return latency + bytes / bytesPerSecond;
  }

  /// The logarithm of base 2, rounded up.
  private static int rounds(int ranks) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(ranks - 1);
  }

  /// What a rank sends of `bytes` where it keeps its own part.
  static double sent(double bytes, int ranks) {
    return bytes * (ranks - 1) / ranks;
  }
}
