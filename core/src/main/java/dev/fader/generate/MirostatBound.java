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

  /// Keeps the candidates within the bound.
  void cut(Candidates candidates) {
    var probabilities = candidates.probabilities();
    int kept = 1;
    while (kept < candidates.count() && surprise(probabilities[kept]) <= bound) {
      kept++;
    }
    candidates.keepFirst(Math.min(kept, candidates.count()));
  }

  /// Updates the bound by the candidate that was chosen among those that [#cut] left.
  void observe(Candidates candidates, int rank) {
    double observed = surprise(candidates.probabilities()[rank]);
    bound -= settings.eta() * (observed - settings.tau());
  }

  /// Takes the bound of another.
  void follow(MirostatBound other) {
    bound = other.bound;
  }

  double bound() {
    return bound;
  }

  private static double surprise(double probability) {
    return -Math.log(probability) / Math.log(2);
  }
}
