package dev.fader.inspect.plan;

/// The size of a training run.
///
/// @param batch sequences that go through the model together
/// @param accumulate batches whose gradients add up to one step
/// @param time tokens per sequence
/// @param steps updates of the parameters
/// @param recomputed whether layers keep only their input and run again in the backward pass
/// @param dropout whether activations are dropped
public record TrainingShape(
    int batch, int accumulate, int time, long steps, boolean recomputed, boolean dropout) {
  /// Rows of every activation.
  public long rows() {
    return (long) batch * time;
  }

  /// Tokens of one step.
  public long tokensPerStep() {
    return rows() * accumulate;
  }

  /// Tokens of the run, repeated ones included.
  public double tokens() {
    return (double) tokensPerStep() * steps;
  }

  /// The same for a number of updates.
  public TrainingShape withSteps(long count) {
    return new TrainingShape(batch, accumulate, time, count, recomputed, dropout);
  }
}
