package dev.fader.train;

import dev.fader.data.Position;
import dev.fader.format.FileContent;
import dev.fader.model.Decoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// A model with the data that it learns from, as a [TrainingRun] takes it step by step.
///
/// Every step must be a function of the initial numbers, the position in the data and the plan
/// alone, so that a resumed run takes the same steps. For use by one thread.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public interface Learner extends AutoCloseable {
  /// The numbers of a run that is not resumed.
  ///
  /// @throws IOException if a file cannot be read
  void begin() throws IOException;

  /// The ranks that take the steps together.
  default Ranks ranks() {
    return Ranks.alone();
  }

  /// Gives all ranks what the first of them has begun with or read, at the same time on all.
  default void share() {}

  /// Gives the first rank a tensor of the optimizer's state of another, at the same time on all
  /// others, while the first writes its [#files].
  default void give(int rank, int index) {
    throw new IllegalStateException("ranks that take every step together have nothing to give");
  }

  /// Gives the first rank this one's part of a tensor that it writes, because it said so.
  default void collect(int number) {}

  /// Draws the next batches, of which each rank has its own, and updates from those of all.
  ///
  /// @throws TrainingException if they hold nothing to learn
  StepResult step(StepPlan plan);

  /// How long the ranks have waited for each other since they told last, if they told in the last
  /// step.
  default Optional<Waiting> waiting() {
    return Optional.empty();
  }

  /// The loss on data that nothing is learned from, if there is some.
  Optional<Evaluation> evaluate();

  /// Whether all numbers that learn are finite. An update that is too large can overflow weights
  /// although loss and gradient are still finite.
  boolean isFinite();

  /// Whether the numbers that a new run begins with are worth measuring, since they were not drawn
  /// at random.
  boolean beginsTrained();

  /// The position of the next batch.
  Position position();

  /// Continues at a position from [#position()]: the batches after it are identical.
  void seek(Position position);

  /// How much there is to learn from.
  ///
  /// @param tokensPerStep targets of an update, on average
  /// @param tokensPerEpoch targets of all data
  record Amount(long tokensPerStep, long tokensPerEpoch) {}

  /// How much there is to learn from.
  Amount amount();

  /// What losses are compared with.
  LearningCurve.Scale scale();

  /// What must be unchanged when a run resumes.
  TrainingState.Origin origin();

  /// The files of a checkpoint; tensors are read when the files are written.
  Map<String, FileContent> files(TrainingState state);

  /// Reads a checkpoint of this run.
  ///
  /// @return the rest of the state
  /// @throws TrainingException if the checkpoint is of another model or origin
  /// @throws dev.fader.format.FormatException if a file is not what [#files] writes
  /// @throws IOException if a file cannot be read
  TrainingState read(Path directory) throws IOException;

  /// The decoder, for generating text between two steps.
  Decoder decoder();

  /// Gives all memory back.
  @Override
  void close();
}
