package dev.fader.generate;

import dev.fader.generate.Truncation.Mirostat;

/// Mirostat 2 (Basu et al. 2020, arXiv:2007.14966, algorithm 2 with the bound itself in place of
/// k).
final class MirostatBound {
  private final Mirostat settings;
  private double bound; // of surprise, in bits

  MirostatBound(Mirostat settings) {
    this.settings = settings;
    this.bound = 2 * settings.tau();
  }

  /// Samples among the candidates within the bound, then updates the bound.
  int draw(Candidates candidates, double uniform) {
    var probabilities = candidates.probabilities();
    int kept = 1;
    while (kept < probabilities.length && surprise(probabilities[kept]) <= bound) {
      kept++;
    }
    candidates.keepFirst(kept);
    int rank = candidates.draw(uniform);
    double observed = surprise(candidates.probabilities()[rank]);
    bound -= settings.eta() * (observed - settings.tau());
    return candidates.id(rank);
  }

  double bound() {
    return bound;
  }

  private static double surprise(double probability) {
    return -Math.log(probability) / Math.log(2);
  }
}
