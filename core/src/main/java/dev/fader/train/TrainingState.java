package dev.fader.train;

import dev.fader.data.Position;
import java.util.OptionalLong;

/// All of a run that is neither a weight nor a moment.
///
/// @param step updates so far
/// @param tokens trained on so far
/// @param seconds that took
/// @param position where the next batch starts
/// @param horizon steps of the whole run as last estimated, empty where the budget says it
/// @param origin what the run must find again
/// @param arithmetic [dev.fader.kernel.Kernels#arithmetic()] of the last step, which decides last
///   bits; empty where an earlier Fader did not say
record TrainingState(
    long step,
    long tokens,
    double seconds,
    Position position,
    OptionalLong horizon,
    Origin origin,
    String arithmetic,
    LearningCurve.State curve) {
  /// What decides the meaning of all the rest: a run that goes on must have the same.
  ///
  /// @param tokenizer fingerprint, empty if the data came as ids
  /// @param data fingerprint
  /// @param context tokens per sequence, and `seed` the order they are drawn in
  /// @param method of the optimizer, whose moments mean nothing to another
  record Origin(
      String tokenizer, String data, int context, long seed, OptimizerConfig.Method method) {}
}
