package dev.fader.inspect.network;

/// The time and traffic of one step, of each rank of a group.
///
/// Gradients are exchanged as bytes, part by part, and added up by the rank that the part belongs
/// to, in the order of the microbatches, so that any number of ranks gives the same bits: once for
/// every microbatch that a rank takes. Then all get the sums, or the weights that became of them.
/// Where weights are shared too (ZeRO 3), each pass, forward and backward, gathers them first.
/// Ranks that seldom talk exchange their differences in float16 and get weights in float32.
///
/// What ranks exchange of gradients, and add up, goes on beside the backward pass, layer by layer,
/// and where a rank takes another microbatch, beside its forward pass; so do the sums that all get
/// where nothing is shared. A rank waits for what takes longer, at least for what is complete last.
/// Whoever has no others adds up by itself, and so do ranks that seldom talk.
///
/// The ranks are equally fast: a slow one is waited for, which no such formula knows.
///
/// @param compute seconds of passes
/// @param update seconds of the optimizer
/// @param sums seconds of adding up gradients, hidden ones included
/// @param exchange seconds of the network, hidden ones included
/// @param waited seconds that the rank waits for the network, and for sums beside it
/// @param sent bytes that it sends, and as many that it receives
/// @param seconds of the step
/// @param efficiency the time that one rank would take for the whole step, over the time of all
///   ranks together; above 1 where they add up while they compute, which one rank does afterwards
public record GroupStep(
    double compute,
    double update,
    double sums,
    double exchange,
    double waited,
    double sent,
    double seconds,
    double efficiency) {
  private static final double ROUNDING = 1e-12;

  /// Below this more ranks than not are lost to waiting.
  public static final double WORTHWHILE = 0.5;

  /// Bytes that ranks exchange at a time.
  private static final double BUCKET = 8 << 20;

  private static final int MOST_RANKS = 1 << 20;
  private static final int HALF = 2; // bytes of a difference
  private static final int SINGLE = 4; // bytes of a weight that came of it

  /// The step of such a group.
  public static GroupStep of(RankWork work, RankGroup group, Network network) {
    int ranks = group.ranks();
    double compute = group.rounds() * work.microbatch();
    double update = group.stage() > 0 ? work.update() / ranks : work.update();
    double exchange = 0;
    double waited = 0;
    double sent = 0;
    double sums = group.rounds() > 1 ? group.rounds() * work.addition() : 0;
    boolean beside = ranks > 1 && group.syncEvery() == 1;
    if (ranks > 1 && group.syncEvery() > 1) {
      double differences = work.trained() * HALF;
      double weights = work.trained() * SINGLE;
      double outer = exchange(network, differences, ranks) + exchange(network, weights, ranks);
      exchange = outer / group.syncEvery();
      waited = exchange;
      sent = Network.sent(differences + weights, ranks) / group.syncEvery();
      sums += work.addition() / group.syncEvery();
    } else if (ranks > 1) {
      int gathers = group.stage() == 3 ? 2 * group.rounds() : 1;
      double each = exchange(network, work.gradients(), ranks);
      double gather = exchange(network, gathered(work, group), ranks);
      double sum = each + work.addition(); // of a microbatch of each rank
      exchange = group.rounds() * each + gathers * gather;
      waited =
          group.stage() == 0
              ? (group.rounds() - 1) * waited(sum, work, true) + waited(sum + gather, work, false)
              : (group.rounds() - 1) * waited(sum, work, group.stage() < 3)
                  + waited(sum, work, false)
                  + gathers * gather;
      sent =
          Network.sent(group.rounds() * work.gradients() + gathers * gathered(work, group), ranks);
      sums = group.rounds() * work.addition();
    }
    double seconds = compute + update + (beside ? 0 : sums) + waited;
    double efficiency = alone(work, group.microbatches()) / (ranks * seconds);
    return new GroupStep(compute, update, sums, exchange, waited, sent, seconds, efficiency);
  }

  /// Seconds of exchanged sums that a rank waits for after the backward pass.
  ///
  /// @param goesOn whether it has another forward pass to do
  private static double waited(double sum, RankWork work, boolean goesOn) {
    double beside = goesOn ? work.forward() : 0;
    double all = sum - work.backward() - beside;
    double late = work.late() * sum - beside;
    return Math.max(0, Math.max(all, late));
  }

  /// Bucket by bucket, each of which waits for the one before.
  private static double exchange(Network network, double bytes, int ranks) {
    double buckets = Math.max(1, Math.ceil(bytes / BUCKET));
    return buckets * network.exchange(bytes / buckets, ranks);
  }

  private static double gathered(RankWork work, RankGroup group) {
    return group.stage() == 0 ? work.gradients() : work.weights();
  }

  /// Seconds of one rank that takes all microbatches.
  private static double alone(RankWork work, long microbatches) {
    double sums = microbatches > 1 ? microbatches * work.addition() : 0;
    return microbatches * work.microbatch() + work.update() + sums;
  }

  /// Seconds of the network and of sums that go on while the rank computes.
  public double hidden() {
    double hidden = compute + update + sums + exchange - seconds;
    return hidden > ROUNDING * seconds ? hidden : 0;
  }

  /// The largest number of ranks, each with as much work, up to which the efficiency is
  /// [#WORTHWHILE]; 1 where two are too many already, at most 2 to the power of 20.
  public static int worthwhileRanks(RankWork work, RankGroup group, Network network) {
    int ranks = 1;
    while (ranks < MOST_RANKS
        && of(work, group.withRanks(ranks + 1), network).efficiency >= WORTHWHILE) {
      ranks++;
    }
    return ranks;
  }
}
