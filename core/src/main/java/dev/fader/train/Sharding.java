package dev.fader.train;

import java.util.List;

/// What each rank of a group keeps only its share of (ZeRO, Rajbhandari et al. 2020, section 5).
public enum Sharding {
  /// Nothing: each has weights, gradients and optimizer state whole.
  NONE,
  /// Optimizer state: each updates its share of the weights, and gets the others' shares.
  OPTIMIZER,
  /// Gradients, too: layers take turns with the memory of their gradients, which are added up where
  /// they are owned as soon as the layer's backward pass is over.
  GRADIENTS,
  /// Weights, too: layers take turns with the memory of their weights, which are brought together
  /// before they run, forwards and backwards. What is outside of layers stays whole.
  WEIGHTS;

  /// That of a stage of ZeRO.
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

  /// Whether what `other` shares out is shared out.
  boolean includes(Sharding other) {
    return compareTo(other) >= 0;
  }
}
