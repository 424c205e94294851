package dev.fader.sweep;

import dev.fader.train.TrainingEvent;

/// Progress of a sweep, delivered in the thread that does it.
public sealed interface SweepEvent {
  /// A run begins or goes on.
  ///
  /// @param number its place, from 1
  /// @param count of all runs
  record RunStarted(SweepRun run, int number, int count) implements SweepEvent {}

  /// Something happened in a run.
  record RunProgressed(SweepRun run, TrainingEvent event) implements SweepEvent {}

  /// The result of a run is on disk.
  ///
  /// @param before whether it was there already, from an earlier sweep
  record RunDone(SweepRun run, SweepResult result, boolean before) implements SweepEvent {}
}
