package dev.fader.generate;

/// The distribution that a drafted token was sampled from: the probabilities of some tokens, 0 for
/// all others.
final class DraftDistribution {
  private int[] ids = {};
  private double[] probabilities = {};
  private int count;

  /// Takes the distribution of `candidates`.
  void set(Candidates candidates) {
    count = candidates.count();
    if (ids.length < count) {
      ids = new int[count];
      probabilities = new double[count];
    }
    var all = candidates.distribution();
    for (int rank = 0; rank < count; rank++) {
      ids[rank] = candidates.id(rank);
      probabilities[rank] = all[rank];
    }
  }

  double of(int id) {
    for (int i = 0; i < count; i++) {
      if (ids[i] == id) {
        return probabilities[i];
      }
    }
    return 0;
  }

  /// Writes the probabilities into `byId`, which is 0 everywhere.
  void scatter(double[] byId) {
    for (int i = 0; i < count; i++) {
      byId[ids[i]] = probabilities[i];
    }
  }

  /// Makes `byId` 0 again.
  void clear(double[] byId) {
    for (int i = 0; i < count; i++) {
      byId[ids[i]] = 0;
    }
  }
}
