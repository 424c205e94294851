package dev.fader.train;

import dev.fader.data.Position;
import java.util.OptionalLong;

/// The state of a run apart from weights and optimizer moments.
///
/// @param step updates so far
/// @param tokens trained on so far
/// @param seconds of training so far
/// @param position where the next batch starts
/// @param horizon total steps as last estimated; empty where the budget fixes them
/// @param origin what must be unchanged when the run resumes
/// @param arithmetic [dev.fader.kernel.Kernels#arithmetic()] of the last step, which decides last
///   bits; empty where an earlier Fader did not say
public record TrainingState(
    long step,
    long tokens,
    double seconds,
    Position position,
    OptionalLong horizon,
    Origin origin,
    String arithmetic,
    LearningCurve.State curve) {
  /// What the rest of the state depends on: a resumed run must have the same.
  ///
  /// @param tokenizer fingerprint, empty if the data came as ids
  /// @param data fingerprint
  /// @param context tokens per sequence, and `seed` the order they are drawn in
  /// @param method the optimizer, whose moments no other can use
  public record Origin(
      String tokenizer, String data, int context, long seed, OptimizerConfig.Method method) {}
}
