package dev.fader.app.cli.option;

import dev.fader.mpi.Launch;
import dev.fader.train.LocalSteps;
import dev.fader.train.Sharding;
import dev.fader.train.TrainingException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What the ranks share that a launcher such as `mpirun` has started.
public final class RankOptions {
  private static final String ZERO = "zero";
  private static final String SYNC_EVERY = "sync-every";

  @Option(
      names = "--zero",
      paramLabel = "STAGE",
      description =
          "Under mpirun: what each rank keeps only its share of: 0, nothing, the default; 1,"
              + " optimizer state; 2, gradients, too; 3, weights, too. Changes no bit.")
  private @Nullable String zero;

  @Option(
      names = "--sync-every",
      paramLabel = "H",
      description =
          "Under mpirun: each rank takes steps of its own, and they talk only every H steps (DiLoCo):"
              + " for ordinary networks; default 1, every step together.")
  private @Nullable String syncEvery;

  RankOptions() {}

  /// For a command without options of this kind.
  public static RankOptions none() {
    return new RankOptions();
  }

  /// Refuses to do, in each process of several, the same over and over, as a command would that
  /// does not know of the others.
  ///
  /// @throws TrainingException if a launcher has started several
  public static void requireOneProcess(String command) {
    var launch = Launch.found();
    if (launch.isPresent()) {
      LaunchedRanks.letFirstTell(launch.get());
      throw new TrainingException(
          "fader %s works in one process, and %d were started: start it without the launcher; fader train goes over several"
              .formatted(command, launch.get().size()));
    }
  }

  /// What the user did not say is as it was said earlier.
  public void otherwise(RecipeFile.Flags earlier) {
    zero = zero == null ? earlier.one(ZERO).orElse(null) : zero;
    syncEvery = syncEvery == null ? earlier.one(SYNC_EVERY).orElse(null) : syncEvery;
  }

  /// What the user said, by flag, that a run which goes on must not be told again.
  public Map<String, String> said() {
    var said = new LinkedHashMap<String, String>();
    if (zero != null) {
      said.put(ZERO, zero);
    }
    if (syncEvery != null) {
      said.put(SYNC_EVERY, syncEvery);
    }
    return said;
  }

  /// What each rank keeps only its share of.
  ///
  /// @throws TrainingException if there is no such stage
  Sharding sharding() {
    return zero == null ? Sharding.NONE : Sharding.ofStage(number(ZERO, zero));
  }

  /// How seldom ranks talk, if not at every step.
  ///
  /// @throws TrainingException if there is no such number of steps, or if each rank is to have for
  ///   itself what others are to keep
  Optional<LocalSteps> localSteps() {
    int every = syncEvery == null ? 1 : number(SYNC_EVERY, syncEvery);
    var local = LocalSteps.of(every);
    TrainingException.require(
        every == 1 || sharding() == Sharding.NONE,
        "--zero %s shares what --sync-every %d lets each rank have for itself: leave one out",
        String.valueOf(zero),
        every);
    return every == 1 ? Optional.empty() : Optional.of(local);
  }

  private static int number(String name, String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException none) {
      throw new TrainingException(
          "--%s %s is no whole number: give one such as %s"
              .formatted(name, value, name.equals(ZERO) ? "1" : "50"));
    }
  }

  /// Makes sure that these can be, and go together.
  ///
  /// @throws TrainingException if there is no such stage or number of steps, or if they do not
  public void check() {
    sharding();
    localSteps();
  }

  /// Connects this process with the others, where a launcher has started several.
  ///
  /// @throws dev.fader.collective.CollectiveException if they cannot be
  public LaunchedRanks join() {
    return LaunchedRanks.join(this);
  }
}
