package dev.fader.app.studio.training;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.ApiException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// The runs that were started here, each a process of its own: `fader train`, as anybody would
/// start it. It goes on when the studio ends.
final class RunProcesses {
  private static final int MOST_RUNNING = 4;
  private static final int WORDS = 4096;
  private static final int PATIENCE = 1; // second

  private final List<String> launcher;
  private final Map<Path, Started> started = new ConcurrentHashMap<>();

  private record Started(Process process, Path words) {}

  /// @param launcher the command that starts Fader; empty if it is not known
  RunProcesses(List<String> launcher) {
    this.launcher = List.copyOf(launcher);
  }

  /// Starts `fader train` in a folder.
  ///
  /// @param out where the run writes
  /// @throws ApiException if it cannot be started here, is starting already, or too many are
  ///   running
  /// @throws IOException if the process cannot be started
  synchronized void start(Path folder, Path out, List<String> arguments) throws IOException {
    if (launcher.isEmpty()) {
      throw new ApiException(
          Kind.NOT_SUPPORTED,
          "runs are started where the studio was by the fader script: start this one by fader"
              + " train, and it is shown here");
    }
    if (!hasEnded(out)) { // and perhaps has not yet told the folder that it is there
      throw new ApiException(
          Kind.INVALID, "%s is being trained already: stop it first".formatted(out));
    }
    long running = started.values().stream().filter(some -> some.process().isAlive()).count();
    if (running >= MOST_RUNNING) {
      throw new ApiException(
          Kind.BUSY, "%d runs are going on, which is as many as may: stop one".formatted(running));
    }
    var command = new ArrayList<>(launcher);
    command.add("train");
    command.addAll(arguments);
    var words = Files.createTempFile("fader-train", ".txt");
    words.toFile().deleteOnExit();
    var process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(words.toFile())
            .start();
    var before = started.put(out, new Started(process, words));
    process.getOutputStream().close();
    if (before != null) {
      Files.deleteIfExists(before.words());
    }
  }

  /// Where the runs write that were started here.
  Set<Path> outputs() {
    return Set.copyOf(started.keySet());
  }

  /// Whether no process of the run is there; one that is just ending is waited for.
  private boolean hasEnded(Path out) throws IOException {
    var before = started.get(out);
    try {
      return before == null || before.process().waitFor(PATIENCE, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the run before was ending");
    }
  }

  /// Whether a run was started here, and its process is there.
  boolean isRunning(Path out) {
    return Optional.ofNullable(started.get(out)).filter(s -> s.process().isAlive()).isPresent();
  }

  /// What a run that was started here has said last.
  Optional<String> words(Path out) throws IOException {
    var known = Optional.ofNullable(started.get(out));
    if (known.isEmpty()) {
      return Optional.empty();
    }
    try (var file = new RandomAccessFile(known.get().words().toFile(), "r")) {
      var bytes = new byte[(int) Math.min(WORDS, file.length())];
      file.seek(file.length() - bytes.length);
      file.readFully(bytes);
      return Optional.of(new String(bytes, StandardCharsets.UTF_8));
    }
  }

  /// The code with which a run that was started here has ended.
  Optional<Integer> exit(Path out) {
    return Optional.ofNullable(started.get(out))
        .filter(some -> !some.process().isAlive())
        .map(some -> some.process().exitValue());
  }
}
