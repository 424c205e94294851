package dev.fader.train;

import dev.fader.collective.Collective;
import dev.fader.collective.CollectiveException;
import java.util.Optional;

/// The ranks that take the steps of a run together, and what each of them keeps.
///
/// @param collective this rank's end of the group, which its owner closes
/// @param sharding the same on all ranks
/// @param local the same on all ranks, if they seldom talk; nothing if they take every step
///   together
public record Ranks(Collective collective, Sharding sharding, Optional<LocalSteps> local) {
  /// Checks that what ranks have each for themselves is not shared.
  public Ranks {
    TrainingException.require(
        local.isEmpty() || sharding == Sharding.NONE,
        "ranks that take steps of their own have all for themselves: choose zero 0, or every step together");
  }

  /// Ranks that take every step together.
  public Ranks(Collective collective, Sharding sharding) {
    this(collective, sharding, Optional.empty());
  }

  /// One process that does everything.
  public static Ranks alone() {
    return new Ranks(Collective.alone(), Sharding.NONE);
  }

  /// Whether there are no others.
  public boolean isAlone() {
    return collective.size() == 1;
  }

  /// Who takes a step together with this rank.
  Ranks ofStep() {
    return local.isPresent() ? alone() : this;
  }

  /// Whether all have the same weights after so many steps.
  boolean meetAfter(long steps) {
    return local.isEmpty() || steps % local.get().every() == 0;
  }

  /// Whether each keeps only its share of something.
  boolean shares(Sharding what) {
    return !isAlone() && sharding.includes(what);
  }

  /// The same ranks of a model of which only few numbers learn: layers do not take turns with the
  /// memory of their gradients.
  Ranks ofFew() {
    return sharding.includes(Sharding.GRADIENTS) ? new Ranks(collective, Sharding.OPTIMIZER) : this;
  }

  /// Whether this one leads: reports, evaluates, saves, and decides when the run ends.
  public boolean leads() {
    return collective.rank() == 0;
  }

  /// Tells the others that this rank fails, so that none waits for it; nothing if one of them has
  /// failed before.
  public void fail(Throwable failure) {
    if (!isAlone() && !(failure instanceof CollectiveException)) {
      String message = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
      collective.abort(
          failure instanceof TrainingException
              ? message
              : failure.getClass().getSimpleName() + ": " + message);
    }
  }

  /// Whose the microbatches of a step are.
  ///
  /// @throws TrainingException if there are fewer of them than ranks
  public Turns turns(int microbatches) {
    return new Turns(microbatches, collective.rank(), collective.size());
  }
}
