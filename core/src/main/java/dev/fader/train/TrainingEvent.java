package dev.fader.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// What a run tells whoever listens, in the thread that trains.
public sealed interface TrainingEvent {
  /// The first step is about to be taken.
  ///
  /// @param step steps that were taken before, in an earlier process; 0 for a new run
  /// @param horizon steps of the whole run, empty where time will tell
  /// @param resumedFrom the checkpoint it goes on from, if it does
  /// @param skipped why newer checkpoints were passed over, a line each
  /// @param arithmetic what computes from here on
  /// @param before what computed until here, where that was another: last bits will differ from
  ///   those of a run that was never stopped
  record Started(
      long step,
      OptionalLong horizon,
      Optional<Path> resumedFrom,
      List<String> skipped,
      String arithmetic,
      Optional<String> before)
      implements TrainingEvent {
    public Started {
      skipped = List.copyOf(skipped);
    }
  }

  /// A step was taken and, where one was due, the model evaluated.
  ///
  /// @param step its number, from 1
  /// @param horizon steps of the whole run as far as is known, empty where it is not yet
  /// @param result what the step found, before its update
  /// @param learningRate of its update
  /// @param tokens that were trained on so far
  /// @param seconds that the run has taken so far, earlier processes included
  record StepTaken(
      long step,
      OptionalLong horizon,
      StepResult result,
      double learningRate,
      long tokens,
      double seconds,
      Optional<Evaluated> evaluation)
      implements TrainingEvent {}

  /// The model was evaluated after `step` updates; before the first, where a run begins with a
  /// model.
  ///
  /// @param best whether no earlier loss was lower
  /// @param verdict what the curve says now
  record Evaluated(long step, Evaluation evaluation, boolean best, Verdict verdict)
      implements TrainingEvent {}

  /// A checkpoint is on disk.
  record CheckpointSaved(long step, Path directory) implements TrainingEvent {}

  /// The run has ended.
  ///
  /// @param step steps that were taken
  /// @param checkpoint the newest whole checkpoint, if there is one
  /// @param best the checkpoint with the lowest validation loss, if there is one
  /// @param model the checkpoint whose model is that of the output: the best, or the newest
  record Finished(
      Ending ending,
      long step,
      Verdict verdict,
      Optional<Path> checkpoint,
      Optional<Path> best,
      Optional<Path> model)
      implements TrainingEvent {}

  /// Why a run ended.
  enum Ending {
    /// It took all its steps, or its time.
    COMPLETED,
    /// It was asked to stop.
    STOPPED,
    /// The validation loss rose, and it was configured to end then.
    OVERFITTED,
    /// Loss or gradient became no number. Nothing was saved after that.
    DIVERGED
  }
}
