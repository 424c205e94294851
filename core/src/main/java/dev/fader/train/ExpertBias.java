package dev.fader.train;

import dev.fader.tensor.Tensor;

/// Moves the bias of a router's choice against the load of its experts: by `speed` up for each that
/// had less than the mean and down for each that had more, all moves shifted so that they add up to
/// nothing (Wang et al. 2024, arXiv:2408.15664, algorithm 1).
final class ExpertBias {
  private ExpertBias() {}

  /// @param bias FLOAT32 (experts)
  /// @param choices by expert
  static void move(Tensor bias, long[] choices, double speed) {
    long all = 0;
    for (long count : choices) {
      all += count;
    }
    int sum = 0;
    var signs = new int[choices.length];
    for (int e = 0; e < signs.length; e++) {
      signs[e] = Long.compare(all, choices[e] * signs.length); // of the mean less the load, exactly
      sum += signs[e];
    }
    for (int e = 0; e < signs.length; e++) {
      double move = speed * (signs[e] - (double) sum / signs.length);
      bias.set(e, (float) (bias.get(e) + move));
    }
  }
}
