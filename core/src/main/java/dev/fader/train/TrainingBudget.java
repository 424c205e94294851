package dev.fader.train;

import static dev.fader.train.SettingChecks.atLeast;
import static dev.fader.train.SettingChecks.positive;

import java.util.OptionalLong;

/// The length of a run.
public sealed interface TrainingBudget {
  /// A number of updates.
  record Steps(long count) implements TrainingBudget {
    public Steps {
      atLeast(1, "steps", count);
    }
  }

  /// A number of tokens, rounded up to whole updates.
  record Tokens(long count) implements TrainingBudget {
    public Tokens {
      atLeast(1, "tokens", count);
    }
  }

  /// A number of passes over the training text.
  record Epochs(double count) implements TrainingBudget {
    public Epochs {
      positive("epochs", count, "try 1");
    }
  }

  /// A wall-clock time; the number of steps follows from the measured speed.
  record Minutes(double count) implements TrainingBudget {
    public Minutes {
      positive("minutes", count, "try 3");
    }

    /// The same in seconds.
    public double seconds() {
      return count * 60;
    }
  }

  /// The number of updates; empty for a time budget.
  ///
  /// @param tokensPerStep tokens of one update
  /// @param tokensPerEpoch tokens of the training text
  default OptionalLong steps(long tokensPerStep, long tokensPerEpoch) {
    return switch (this) {
      case Steps(long count) -> OptionalLong.of(count);
      case Tokens(long count) -> OptionalLong.of(Math.ceilDiv(count, tokensPerStep));
      case Epochs(double count) ->
          OptionalLong.of(
              Math.max(1, (long) Math.ceil(count * (double) tokensPerEpoch / tokensPerStep)));
      case Minutes _ -> OptionalLong.empty();
    };
  }
}
