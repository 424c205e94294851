package dev.fader.inspect.network;

/// How ranks share a step.
///
/// @param ranks machines that train together
/// @param rounds microbatches of a step that each of them takes
/// @param stage what each keeps only its share of: nothing, optimizer state, also gradients, also
///   weights (ZeRO 1, 2 and 3, Rajbhandari et al. 2020)
/// @param syncEvery steps from one exchange to the next: 1 of ranks that stay equal, more of ranks
///   that seldom talk (DiLoCo, Douillard et al. 2023)
public record RankGroup(int ranks, int rounds, int stage, int syncEvery) {
  /// Checks the numbers.
  public RankGroup {
    if (ranks < 1 || rounds < 1 || syncEvery < 1) {
      throw new IllegalArgumentException(
          "%d ranks, %d microbatches each, talking every %d steps: give 1 or more"
              .formatted(ranks, rounds, syncEvery));
    }
    if (stage < 0 || stage > 3) {
      throw new IllegalArgumentException("ZeRO %d: there are 0 to 3".formatted(stage));
    }
    if (syncEvery > 1 && stage > 0) {
      throw new IllegalArgumentException(
          "ranks that talk every %d steps have weights of their own, and cannot share them by ZeRO %d"
              .formatted(syncEvery, stage));
    }
  }

  /// The same work for each of another number of ranks.
  public RankGroup withRanks(int other) {
    return new RankGroup(other, rounds, stage, syncEvery);
  }

  /// Microbatches of a step.
  public long microbatches() {
    return (long) ranks * rounds;
  }
}
