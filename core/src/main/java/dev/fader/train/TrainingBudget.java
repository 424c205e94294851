package dev.fader.train;

import static dev.fader.train.SettingChecks.atLeast;
import static dev.fader.train.SettingChecks.positive;

import java.util.OptionalLong;

/// How long a run is.
public sealed interface TrainingBudget {
  /// So many updates.
  record Steps(long count) implements TrainingBudget {
    public Steps {
      atLeast(1, "steps", count);
    }
  }

  /// At least so many tokens.
  record Tokens(long count) implements TrainingBudget {
    public Tokens {
      atLeast(1, "tokens", count);
    }
  }

  /// The training text so many times.
  record Epochs(double count) implements TrainingBudget {
    public Epochs {
      positive("epochs", count, "try 1");
    }
  }

  /// So much time; how many steps that makes is measured.
  record Minutes(double count) implements TrainingBudget {
    public Minutes {
      positive("minutes", count, "try 3");
    }

    /// The same in seconds.
    public double seconds() {
      return count * 60;
    }
  }

  /// The number of updates, unless only time will tell.
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
