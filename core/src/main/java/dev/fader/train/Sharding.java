package dev.fader.train;

import java.util.List;

/// What each rank of a group keeps only its share of.
public enum Sharding {
  /// Nothing: each has weights, gradients and optimizer state whole.
  NONE;

  /// That of a stage of ZeRO (Rajbhandari et al. 2020, section 5).
  ///
  /// @throws TrainingException if there is no such stage
  public static Sharding ofStage(int stage) {
    var stages = List.of(values());
    TrainingException.require(
        stage >= 0 && stage < stages.size(),
        "zero %d is no stage of sharding: choose one from 0 to %d",
        stage,
        stages.size() - 1);
    return stages.get(stage);
  }
}
