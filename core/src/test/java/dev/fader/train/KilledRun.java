package dev.fader.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A run in a process of its own, to be killed: `KilledRun FOLDER STEPS VECTORS` begins it, or goes
/// on with it where there is something to go on with.
public final class KilledRun {
  private KilledRun() {}

  /// A run with a checkpoint after every step, so that hardly anything else happens; without one
  /// before the end if `undisturbed`.
  static TinyRun of(Path folder, long steps, boolean undisturbed) {
    var tiny = new TinyRun(folder, new TrainingBudget.Steps(steps));
    tiny.use(new TrainingConfig.Cadence(undisturbed ? steps : 3, 1, undisturbed ? steps : 1, 2, 7));
    return tiny;
  }

  static TrainingEvent.Finished goOn(TinyRun tiny) throws IOException {
    if (newest(tiny.out()) > 0) {
      return tiny.resume();
    }
    var anew = new TrainingRun.Beginning.New(Optional.empty(), Files.exists(tiny.out()));
    return tiny.run(anew, Long.MAX_VALUE);
  }

  /// The step of the newest checkpoint, 0 if there is none.
  public static long newest(Path out) throws IOException {
    Path checkpoints = out.resolve("checkpoints");
    if (!Files.isDirectory(checkpoints)) {
      return 0;
    }
    try (var entries = Files.list(checkpoints)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> name.startsWith("step-"))
          .mapToLong(name -> Long.parseLong(name.substring("step-".length())))
          .max()
          .orElse(0);
    }
  }

  public static void main(String[] arguments) throws IOException {
    var tiny = of(Path.of(arguments[0]), Long.parseLong(arguments[1]), false);
    tiny.vectors = Boolean.parseBoolean(arguments[2]);
    goOn(tiny);
  }
}
