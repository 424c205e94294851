package dev.fader.train;

import static dev.fader.train.SettingChecks.notNegative;

/// How the experts of a model are kept equally busy while it learns.
///
/// @param speed what a bias moves in a step at the highest learning rate; it falls with that, so
///   that biases settle as the routers do
/// @param load coefficient of the auxiliary loss
/// @param z coefficient of the router's z-loss
public record Balancing(Method method, double speed, double load, double z) {
  /// What balances.
  public enum Method {
    /// A bias for each expert, which decides who is chosen and not with what weight: busy experts
    /// lose, idle ones gain (Wang et al. 2024, arXiv:2408.15664). No gradient is disturbed; the
    /// bias is a part of the model.
    BIAS,
    /// An auxiliary loss (Fedus et al. 2021, arXiv:2101.03961).
    LOSS,
    /// Nothing.
    NONE
  }

  /// Nothing.
  public static final Balancing NONE = new Balancing(Method.NONE, 0, 0, 0);

  public Balancing {
    notNegative("`balanceSpeed`", speed, "try 0.001");
    notNegative("`balanceLoss`", load, "try 0.01");
    notNegative("`routerLoss`", z, "try 0.001, or 0 for none");
  }
}
