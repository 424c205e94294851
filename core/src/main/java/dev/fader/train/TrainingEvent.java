package dev.fader.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Progress events of a run, delivered in the thread that trains.
public sealed interface TrainingEvent {
  /// The first step is about to be taken.
  ///
  /// @param step steps that were taken before, in an earlier process; 0 for a new run
  /// @param horizon total steps of the run; empty for a time budget
  /// @param resumedFrom the checkpoint it goes on from, if it does
  /// @param skipped why newer checkpoints were passed over, a line each
  /// @param arithmetic [dev.fader.kernel.Kernels#arithmetic()] of this process
  /// @param before that of the checkpoint, where it differs: the last bits will differ from those
  ///   of an uninterrupted run
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
  /// @param horizon total steps of the run as estimated so far; empty where not yet known
  /// @param result loss and gradient norm before the update
  /// @param learningRate of its update
  /// @param tokens trained on so far
  /// @param seconds of the run so far, earlier processes included
  /// @param waiting of the ranks that take its steps, where they told of it
  record StepTaken(
      long step,
      OptionalLong horizon,
      StepResult result,
      double learningRate,
      long tokens,
      double seconds,
      Optional<Waiting> waiting,
      Optional<Evaluated> evaluation)
      implements TrainingEvent {}

  /// The model was evaluated after `step` updates; after 0 in a run that begins with an existing
  /// model.
  ///
  /// @param best whether no earlier loss was lower
  /// @param verdict on the learning curve so far
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
    /// The budget of steps or time was used up.
    COMPLETED,
    /// [TrainingRun#requestStop()] was called.
    STOPPED,
    /// The validation loss rose, and it was configured to end then.
    OVERFITTED,
    /// Loss or gradient became NaN or infinite. Nothing was saved after that.
    DIVERGED
  }
}
