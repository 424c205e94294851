package dev.fader.train;

/// Whose the microbatches of a step are: number i is that of rank i mod ranks, so that all ranks
/// have one in each round but the last, which may be cut short.
///
/// @param microbatches of the step, on all ranks together
/// @param rank whose they are asked for
public record Turns(int microbatches, int rank, int ranks) {
  /// @throws TrainingException if there are fewer microbatches than ranks
  public Turns {
    TrainingException.require(
        ranks <= microbatches,
        "%d ranks share %d microbatches of a step, and some would have none: start fewer ranks, or choose `accumulate` %d or more",
        ranks,
        microbatches,
        ranks);
  }

  /// Of one process.
  public static Turns alone(int microbatches) {
    return new Turns(microbatches, 0, 1);
  }

  /// Whether microbatch `number` of the step is this rank's.
  public boolean isMine(int number) {
    return number % ranks == rank;
  }

  /// How many are this rank's.
  public int count() {
    return Math.ceilDiv(microbatches - rank, ranks);
  }

  /// How many are those of another rank.
  int countOf(int other) {
    return Math.ceilDiv(microbatches - other, ranks);
  }

  /// The number in the step of one of this rank's microbatches, which has it in the round of the
  /// same number.
  public int number(int round) {
    return round * ranks + rank;
  }

  /// How often all ranks take a microbatch, the last time perhaps only the first of them.
  public int rounds() {
    return Math.ceilDiv(microbatches, ranks);
  }

  /// How many ranks have a microbatch in a round: the first so many.
  public int ranksIn(int round) {
    return Math.min(ranks, microbatches - round * ranks);
  }
}
