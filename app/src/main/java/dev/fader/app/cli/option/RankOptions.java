package dev.fader.app.cli.option;

import picocli.CommandLine.Option;

/// What the ranks share that a launcher such as `mpirun` has started.
public final class RankOptions {
  @Option(
      names = "--zero",
      paramLabel = "STAGE",
      description =
          "Under mpirun: what each rank keeps only its share of: 0, nothing, the default; 1,"
              + " optimizer state; 2, gradients, too; 3, weights, too. Changes no bit.")
  private int zero;

  @Option(
      names = "--sync-every",
      paramLabel = "H",
      description =
          "Under mpirun: each rank takes steps of its own, and they talk only every H steps (DiLoCo):"
              + " for ordinary networks; default 1, every step together.")
  private int syncEvery = 1;

  RankOptions() {}

  /// For a command without options of this kind.
  public static RankOptions none() {
    return new RankOptions();
  }

  /// Connects this process with the others, where a launcher has started several.
  ///
  /// @throws dev.fader.collective.CollectiveException if they cannot be
  /// @throws dev.fader.train.TrainingException if there is no such stage or number of steps, or if
  ///   they do not go together
  public LaunchedRanks join() {
    return LaunchedRanks.join(zero, syncEvery);
  }
}
