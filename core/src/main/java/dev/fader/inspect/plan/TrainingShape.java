package dev.fader.inspect.plan;

/// The batch size, sequence length and number of steps of a training run.
///
/// @param batch sequences per forward pass
/// @param accumulate batches whose gradients are accumulated for one step
/// @param time tokens per sequence
/// @param steps updates of the parameters
/// @param recomputed whether the backward pass recomputes the layers from their inputs
/// @param dropout whether dropout is used
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

  /// A copy with another number of updates.
  public TrainingShape withSteps(long count) {
    return new TrainingShape(batch, accumulate, time, count, recomputed, dropout);
  }
}
