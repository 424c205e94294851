package dev.fader.serve.model;

import dev.fader.schedule.SchedulerState;

/// What all models do, and have done since the server began.
///
/// @param running texts that are read or written
/// @param waiting requests that have not begun
/// @param promptTokens that were read
/// @param reusedTokens of prompts that were known
/// @param writtenTokens of all texts
/// @param passes forward passes
/// @param keyValueBytes of keys and values in use
public record ModelTotals(
    int running,
    int waiting,
    long promptTokens,
    long reusedTokens,
    long writtenTokens,
    long passes,
    long keyValueBytes) {
  static final ModelTotals NONE = new ModelTotals(0, 0, 0, 0, 0, 0, 0);

  ModelTotals and(SchedulerState state) {
    return new ModelTotals(
        running + state.running(),
        waiting + state.waiting(),
        promptTokens + state.promptTokens(),
        reusedTokens + state.reusedTokens(),
        writtenTokens + state.writtenTokens(),
        passes + state.passes(),
        keyValueBytes + state.keyValueBytes());
  }

  /// What remains of it when a model is closed.
  ModelTotals past() {
    return new ModelTotals(0, 0, promptTokens, reusedTokens, writtenTokens, passes, 0);
  }
}
