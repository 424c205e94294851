package dev.fader.train;

import static dev.fader.train.SettingChecks.atLeast;
import static dev.fader.train.SettingChecks.fraction;
import static dev.fader.train.TrainingException.require;

/// The training hyperparameters, without those of the model and the data. Checked on construction.
///
/// @param batching the tokens of one update
/// @param budget length of the run
/// @param schedule the learning rate
/// @param optimizer the update rule and its hyperparameters
/// @param cadence how often to evaluate and to save
/// @param dropout probability that an activation between the layers is set to zero
/// @param seed of the initial weights, the order of the data and the dropout
/// @param recompute whether the backward pass recomputes activations layer by layer, to save memory
///   (gradient checkpointing)
/// @param stopWhenOverfitting whether the run ends when the validation loss rises from its lowest
/// @param balancing of experts, if the model has any
/// @param sparsity what makes more neurons zero
public record TrainingConfig(
    Batching batching,
    TrainingBudget budget,
    Schedule schedule,
    OptimizerConfig optimizer,
    Cadence cadence,
    double dropout,
    long seed,
    boolean recompute,
    boolean stopWhenOverfitting,
    Balancing balancing,
    SparsityLoss sparsity) {

  /// Without balancing, or a loss for zeros.
  public TrainingConfig(
      Batching batching,
      TrainingBudget budget,
      Schedule schedule,
      OptimizerConfig optimizer,
      Cadence cadence,
      double dropout,
      long seed,
      boolean recompute,
      boolean stopWhenOverfitting) {
    this(
        batching,
        budget,
        schedule,
        optimizer,
        cadence,
        dropout,
        seed,
        recompute,
        stopWhenOverfitting,
        Balancing.NONE,
        SparsityLoss.NONE);
  }

  /// The tokens of one update.
  ///
  /// @param batch sequences that go through the model together
  /// @param accumulate batches per update (gradient accumulation)
  /// @param context tokens per sequence
  public record Batching(int batch, int accumulate, int context) {
    public Batching {
      atLeast(1, "batch", batch);
      atLeast(1, "accumulate", accumulate);
      atLeast(1, "context", context);
      long tokens = (long) batch * context;
      require(
          tokens <= Integer.MAX_VALUE && tokens * accumulate / accumulate == tokens,
          "batch %d of %d tokens is more than can be counted: choose a smaller batch",
          batch,
          context);
    }

    /// Tokens per update.
    public long tokensPerStep() {
      return (long) batch * context * accumulate;
    }
  }

  /// How often to evaluate, to save and to measure updates.
  ///
  /// @param evaluateEvery steps from one evaluation to the next; 0 for twenty in a run
  /// @param evaluationBatches how much is measured per evaluation, at most: so many times
  ///   [#EVALUATION_BATCH] tokens, whatever the batch of the training is, so that losses of runs
  ///   with other batches compare
  /// @param checkpointEvery steps from one checkpoint to the next; 0 for one whenever an evaluation
  ///   is due
  /// @param keep newest checkpoints that stay; the best one stays anyway
  /// @param measureUpdatesEvery steps from one measurement of the updates' sizes to the next
  public record Cadence(
      long evaluateEvery,
      int evaluationBatches,
      long checkpointEvery,
      int keep,
      long measureUpdatesEvery) {
    /// Tokens of one of the batches of an evaluation.
    public static final int EVALUATION_BATCH = 4096;

    public Cadence {
      atLeast(0, "eval-every", evaluateEvery);
      atLeast(1, "eval-batches", evaluationBatches);
      atLeast(0, "checkpoint-every", checkpointEvery);
      atLeast(1, "keep", keep);
      atLeast(1, "steps between measurements of updates", measureUpdatesEvery);
    }

    /// The number of windows of `context` tokens in an evaluation, at most.
    public long evaluationWindows(int context) {
      return Math.max(1, (long) evaluationBatches * EVALUATION_BATCH / context);
    }

    /// How many evaluations there are in a run of so many steps.
    public long evaluations(long steps) {
      return evaluateEvery == 0 ? Math.min(steps, Pace.PARTS) : Math.ceilDiv(steps, evaluateEvery);
    }

    /// Twenty evaluations, each with a checkpoint of which the newest two stay.
    public static Cadence standard() {
      return new Cadence(0, 20, 0, 2, 10);
    }
  }

  public TrainingConfig {
    fraction("dropout", dropout, "try 0.1, or 0 for none");
    if (budget instanceof TrainingBudget.Steps(long steps)) {
      require(
          schedule.warmup() < steps || schedule.warmup() == 0,
          "warmup %d leaves nothing of %d steps: choose fewer than %d",
          schedule.warmup(),
          steps,
          steps);
    }
  }

  /// The same with other batches.
  public TrainingConfig with(Batching other) {
    return with(other, balancing, sparsity);
  }

  /// The same with experts balanced in another way.
  public TrainingConfig with(Balancing other) {
    return with(batching, other, sparsity);
  }

  /// The same with another loss for zeros.
  public TrainingConfig with(SparsityLoss other) {
    return with(batching, balancing, other);
  }

  private TrainingConfig with(Batching batches, Balancing experts, SparsityLoss zeros) {
    return new TrainingConfig(
        batches,
        budget,
        schedule,
        optimizer,
        cadence,
        dropout,
        seed,
        recompute,
        stopWhenOverfitting,
        experts,
        zeros);
  }
}
