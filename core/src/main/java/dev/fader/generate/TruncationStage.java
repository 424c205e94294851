package dev.fader.generate;

import dev.fader.generate.Truncation.Xtc;
import java.util.Arrays;
import java.util.SplittableRandom;

/// A stage that removes some candidates, and never all of them.
sealed interface TruncationStage {
  void apply(Candidates candidates);

  /// Whether the most probable candidate always remains.
  default boolean keepsLargest() {
    return switch (this) {
      case TopP _, MinP _ -> true;
      case Typical _, ExcludeTopChoices _ -> false;
    };
  }

  /// Locally typical sampling (Meister et al. 2022, arXiv:2202.00666): the candidates whose
  /// information is nearest to the entropy, the fewest that add up to more than `p`.
  record Typical(float p, int minKeep) implements TruncationStage {
    @Override
    public void apply(Candidates candidates) {
      var probabilities = candidates.probabilities();
      int count = candidates.count();
      double entropy = Temperature.entropy(probabilities, count);
      var order = candidates.keys(); // distance from the entropy, then rank
      for (int rank = 0; rank < count; rank++) {
        float distance = (float) Math.abs(-Math.log(probabilities[rank]) - entropy);
        order[rank] = (long) Float.floatToIntBits(distance) << 32 | rank;
      }
      Arrays.sort(order, 0, count);
      var kept = candidates.marks();
      double reached = 0;
      for (int i = 0; i < count; i++) {
        int rank = (int) order[i];
        kept[rank] = true;
        reached += probabilities[rank];
        if (reached > p && i + 1 >= minKeep) {
          break;
        }
      }
      candidates.keep(kept);
    }
  }

  /// Nucleus sampling (Holtzman et al. 2019, arXiv:1904.09751): the fewest of the most probable
  /// candidates that add up to `p`.
  record TopP(float p, int minKeep) implements TruncationStage {
    @Override
    public void apply(Candidates candidates) {
      var probabilities = candidates.probabilities();
      double reached = 0;
      for (int i = 0; i < candidates.count(); i++) {
        reached += probabilities[i];
        if (reached >= p && i + 1 >= minKeep) {
          candidates.keepFirst(i + 1);
          return;
        }
      }
    }
  }

  /// The candidates at least `p` times as probable as the first (Nguyen et al. 2024,
  /// arXiv:2407.01082).
  record MinP(float p, int minKeep) implements TruncationStage {
    @Override
    public void apply(Candidates candidates) {
      double lowest = candidates.logit(0) + Math.log(p);
      int kept = candidates.count();
      while (kept > Math.max(1, minKeep) && candidates.logit(kept - 1) < lowest) {
        kept--;
      }
      candidates.keepFirst(kept);
    }
  }

  /// [Xtc], which has a random number of its own.
  record ExcludeTopChoices(Xtc settings, int minKeep, SplittableRandom random)
      implements TruncationStage {
    @Override
    public void apply(Candidates candidates) {
      if (settings.threshold() > 0.5f || candidates.count() < 2) {
        return;
      }
      if (random.nextDouble() > settings.probability()) {
        return;
      }
      var probabilities = candidates.probabilities();
      int above = 0;
      while (above < candidates.count() && probabilities[above] >= settings.threshold()) {
        above++;
      }
      if (above > 1 && candidates.count() - (above - 1) >= minKeep) {
        candidates.dropFirst(above - 1);
      }
    }
  }
}
