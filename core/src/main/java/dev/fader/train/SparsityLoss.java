package dev.fader.train;

import static dev.fader.train.SettingChecks.notNegative;

/// What is added to the loss so that more neurons become zero: a coefficient times the mean
/// magnitude of all activated neurons (the L1 norm of ProSparse, Song et al. 2024,
/// arXiv:2402.13516).
///
/// Half a cosine wave raises it in the first half of a run, so that the model never has to give up
/// many neurons at once; in the second half, where the learning rate is lowest, it stays.
///
/// @param peak the coefficient that it rises to, 0 for none
public record SparsityLoss(double peak) {
  /// Nothing.
  public static final SparsityLoss NONE = new SparsityLoss(0);

  private static final double RISING_PART = 0.5;

  public SparsityLoss {
    notNegative("`sparsityLoss`", peak, "try 1, or 0 for none");
  }

  /// The coefficient of the step after `step` steps, in a run of `horizon`.
  public double at(long step, long horizon) {
    double rise = Math.max(1, RISING_PART * horizon);
    return peak * 0.5 * (1 - StrictMath.cos(Math.PI * Math.min(1, step / rise)));
  }
}
