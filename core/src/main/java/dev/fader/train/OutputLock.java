package dev.fader.train;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// One run at a time in an output directory: two that write the same checkpoints destroy them.
///
/// The lock is the operating system's, on a hidden file of the directory, and ends with its process
/// however that ends: it is never stale. A second file says whose it is. They are two because POSIX
/// gives up a lock when its process closes any other channel of the same file, even one that only
/// read who holds it.
public final class OutputLock implements AutoCloseable {
  private static final String LOCK = ".run.lock";
  private static final String HOLDER = ".run.process";

  /// The files of a lock, which are there while it is held and after a `kill -9`.
  public static final Set<String> FILES = Set.of(LOCK, HOLDER);

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);
  private static final Pattern WRITTEN = Pattern.compile("(\\d{1,15}) (\\d{1,15})\n");
  private static final int MOST_BYTES = 200;

  private final Path out;
  private final FileChannel channel;
  private final boolean madeDirectory;

  private OutputLock(Path out, FileChannel channel, boolean madeDirectory) {
    this.out = out;
    this.channel = channel;
    this.madeDirectory = madeDirectory;
  }

  /// Locks `out`, which is created if missing.
  ///
  /// @throws TrainingException if another run has it; the message says which process that is
  public static OutputLock of(Path out) throws IOException {
    requireNotOurs(out);
    boolean madeDirectory = !Files.exists(out);
    Files.createDirectories(out);
    var channel = locked(out);
    try {
      var self = Holder.self();
      Files.writeString(out.resolve(HOLDER), self.pid + " " + self.started + "\n");
      return new OutputLock(out, channel, madeDirectory);
    } catch (IOException | RuntimeException failed) {
      channel.close();
      throw failed;
    }
  }

  /// Checks that no run holds `out`, before any work that would need it.
  ///
  /// @throws TrainingException if one has
  public static void requireFree(Path out) throws IOException {
    requireNotOurs(out);
    if (Files.exists(out.resolve(LOCK))) {
      locked(out).close();
    }
  }

  /// The process that trains at `out`, if one does.
  ///
  /// @throws IOException if the note on it cannot be read
  public static Optional<ProcessHandle> process(Path out) throws IOException {
    return Holder.of(out)
        .flatMap(holder ->
            ProcessHandle.of(holder.pid).filter(found -> Holder.of(found).equals(holder)));
  }

  private static FileChannel locked(Path out) throws IOException {
    while (true) {
      var file = out.resolve(LOCK);
      FileChannel channel;
      try {
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      } catch (AccessDeniedException denied) {
        throw new TrainingException(
            "you may not write to %s: choose another `output`, or make %s yours to write"
                .formatted(out, Files.exists(file) ? file : "it"),
            denied);
      }
      if (!lock(channel)) {
        channel.close();
        throw taken(out, "another process");
      }
      if (Files.exists(file)) {
        return channel;
      }
      // The previous holder deleted the file while this process opened it.
      channel.close();
    }
  }

  private static boolean lock(FileChannel channel) {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException held) {
      return false;
    } catch (IOException noLocks) {
      // Some network file systems have none. Training there goes on unguarded, as it would anywhere
      // without this class.
      return true;
    }
  }

  private static void requireNotOurs(Path out) throws IOException {
    var holder = Holder.of(out);
    if (holder.isPresent() && holder.get().equals(Holder.self())) {
      throw taken(out, "this process");
    }
  }

  private static TrainingException taken(Path out, String unknown) throws IOException {
    var who = Holder.of(out).map(Holder::words).orElse(unknown);
    return new TrainingException(
        "%s is in use: %s trains there; wait for its end, stop it, or choose another `output`"
            .formatted(out, who));
  }

  /// Unlocks the directory; does nothing the second time, when another process may hold it.
  @Override
  public synchronized void close() {
    if (!channel.isOpen()) {
      return;
    }
    try (channel) {
      Files.deleteIfExists(out.resolve(HOLDER));
      Files.deleteIfExists(out.resolve(LOCK));
      if (madeDirectory && isEmpty(out)) {
        Files.delete(out);
      }
    } catch (IOException stays) {
      // A leftover lock file that nobody holds blocks nobody.
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (var entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    }
  }

  /// A process.
  ///
  /// @param started when, in milliseconds since 1970; 0 where the system does not say
  private record Holder(long pid, long started) {
    static Holder self() {
      return of(ProcessHandle.current());
    }

    static Holder of(ProcessHandle process) {
      return new Holder(
          process.pid(), process.info().startInstant().map(Instant::toEpochMilli).orElse(0L));
    }

    /// The process that recorded itself as the holder of `out`, if any.
    static Optional<Holder> of(Path out) throws IOException {
      var file = out.resolve(HOLDER);
      try {
        if (!Files.exists(file) || Files.size(file) > MOST_BYTES) {
          return Optional.empty();
        }
        var said = WRITTEN.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        return said.matches()
            ? Optional.of(new Holder(Long.parseLong(said.group(1)), Long.parseLong(said.group(2))))
            : Optional.empty();
      } catch (NoSuchFileException ended) { // just now, by the run that held it
        return Optional.empty();
      }
    }

    String words() {
      var time = Instant.ofEpochMilli(started).atZone(ZoneId.systemDefault());
      var since = started == 0 ? "" : ", started " + TIME.format(time);
      return (equals(self()) ? "this process, " : "process ") + pid + since;
    }
  }
}
