package dev.fader.app.cli.option;

import dev.fader.mpi.Launch;
import dev.fader.train.LocalSteps;
import dev.fader.train.Sharding;
import dev.fader.train.TrainingException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What the ranks share that a launcher such as `mpirun` has started.
public final class RankOptions {
  private static final String ZERO = "zero";
  private static final String SYNC_EVERY = "sync-every";
  private static final String OUTER_RATE = "outer-rate";
  private static final String OUTER_MOMENTUM = "outer-momentum";

  @Option(
      names = "--zero",
      paramLabel = "STAGE",
      description =
          "Under mpirun: what each rank keeps only its share of: 0, nothing, the default; 1,"
              + " optimizer state; 2, gradients, too; 3, weights, too; tune takes 0 and 1. Changes no bit.")
  private @Nullable String zero;

  @Option(
      names = "--sync-every",
      paramLabel = "H",
      description =
          "Under mpirun: each rank takes steps of its own, and they talk only every H steps (DiLoCo):"
              + " for ordinary networks; default 1, every step together.")
  private @Nullable String syncEvery;

  @Option(
      names = "--outer-rate",
      paramLabel = "R",
      description =
          "The learning rate of the step that all ranks take together after --sync-every steps of"
              + " their own; default 0.7.")
  private @Nullable String outerRate;

  @Option(
      names = "--outer-momentum",
      paramLabel = "M",
      description =
          "Its Nesterov momentum; default 0.9, for runs of hundreds of exchanges. 0.5, with"
              + " --outer-rate 1, learns more in a few dozen.")
  private @Nullable String outerMomentum;

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
          "fader %s works in one process, and %d were started: start it without the launcher; fader train, tune, sweep and lab go over several"
              .formatted(command, launch.get().size()));
    }
  }

  /// What the user did not say is as it was said earlier.
  public void otherwise(RecipeFile.Flags earlier) {
    zero = zero == null ? earlier.one(ZERO).orElse(null) : zero;
    syncEvery = syncEvery == null ? earlier.one(SYNC_EVERY).orElse(null) : syncEvery;
    if (syncEvery != null && !syncEvery.equals("1")) { // else there is no outer step any more
      outerRate = outerRate == null ? earlier.one(OUTER_RATE).orElse(null) : outerRate;
      outerMomentum =
          outerMomentum == null ? earlier.one(OUTER_MOMENTUM).orElse(null) : outerMomentum;
    }
  }

  /// What the user said, by flag, that a run which goes on must not be told again.
  public Map<String, String> said() {
    var said = new LinkedHashMap<String, String>();
    put(said, ZERO, zero);
    put(said, SYNC_EVERY, syncEvery);
    put(said, OUTER_RATE, outerRate);
    put(said, OUTER_MOMENTUM, outerMomentum);
    return said;
  }

  private static void put(Map<String, String> said, String flag, @Nullable String value) {
    if (value != null) {
      said.put(flag, value);
    }
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
    var usual = LocalSteps.of(every);
    var local =
        new LocalSteps(
            every,
            outerRate == null ? usual.rate() : decimal(OUTER_RATE, outerRate),
            outerMomentum == null ? usual.momentum() : decimal(OUTER_MOMENTUM, outerMomentum));
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

  private static double decimal(String name, String value) {
    try {
      return Quantity.parse(name, value);
    } catch (IllegalArgumentException none) {
      throw new TrainingException(String.valueOf(none.getMessage()));
    }
  }

  /// Makes sure that these can be, and go together.
  ///
  /// @throws TrainingException if there is no such stage or number of steps, or if they do not
  public void check() {
    sharding();
    localSteps();
  }

  /// Makes sure that what is said of the outer step has one, in a run that goes on from no other.
  ///
  /// @throws TrainingException if ranks take every step together
  public void checkOuterStep() {
    TrainingException.require(
        localSteps().isPresent() || (outerRate == null && outerMomentum == null),
        "--%s is of the step after steps of their own: give --sync-every H, such as 50, as well",
        outerRate == null ? OUTER_MOMENTUM : OUTER_RATE);
  }

  /// Makes sure that no more is shared out than where few numbers learn.
  ///
  /// @throws TrainingException if gradients or weights are
  public void checkForFew() {
    check();
    TrainingException.require(
        sharding().compareTo(Sharding.OPTIMIZER) <= 0,
        "--zero %s shares out gradients of a whole model, and tune shares out what the optimizer remembers: choose --zero 1",
        String.valueOf(zero));
  }

  /// What to say of them to one process that was started alone, if they were given.
  Optional<String> noticeAlone() {
    if (localSteps().isPresent()) {
      return Optional.of(
          "--sync-every %s in one process talks to nobody, and still takes an outer step every %s steps: leave it out, or start several by mpirun"
              .formatted(syncEvery, syncEvery));
    }
    return sharding() == Sharding.NONE
        ? Optional.empty()
        : Optional.of(
            "--zero %s changes nothing in one process: leave it out, or start several by mpirun"
                .formatted(zero));
  }

  /// What each of the processes does that a launcher has started, or one that was started alone.
  public interface Work {
    /// Returns the exit code.
    int of(LaunchedRanks ranks) throws IOException;
  }

  /// Connects this process with the others, where a launcher has started several, and does its part
  /// of the work. If it fails, so do they.
  ///
  /// @return the exit code
  /// @throws dev.fader.collective.CollectiveException if they cannot be connected, or another fails
  public int together(Work work) throws IOException {
    var ranks = LaunchedRanks.join(this);
    try {
      int code = work.of(ranks);
      ranks.close();
      return code;
    } catch (IOException | RuntimeException | Error failed) {
      ranks.fail(failed);
      throw failed;
    }
  }
}
