package dev.fader.app.cli.option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// What a server notes of itself while it runs, for `fader stop` to find it: only who started it
/// can read and end it.
public final class ServerFile implements AutoCloseable {
  private final Optional<Path> file;

  private ServerFile(Optional<Path> file) {
    this.file = file;
  }

  /// No note.
  public static ServerFile none() {
    return new ServerFile(Optional.empty());
  }

  private static Path path(int port) {
    return Caches.state().resolve("servers").resolve(port + ".pid");
  }

  /// Notes this process as the server at a port.
  ///
  /// @throws IOException if it cannot be written
  public static ServerFile write(int port) throws IOException {
    var file = path(port);
    Files.createDirectories(file.getParent());
    var self = ProcessHandle.current();
    Files.writeString(file, self.pid() + " " + began(self) + "\n");
    return new ServerFile(Optional.of(file));
  }

  private static long began(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /// The process of the server at a port, if there is one that this user started.
  ///
  /// @throws IOException if the note cannot be read
  public static Optional<ProcessHandle> find(int port) throws IOException {
    var file = path(port);
    if (!Files.isRegularFile(file) || Files.size(file) > 100) {
      return Optional.empty();
    }
    var parts = Files.readString(file).strip().split(" ", -1);
    if (parts.length != 2 || !(parts[0] + parts[1]).chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    // A process that began at another time has the number by chance.
    return ProcessHandle.of(Long.parseLong(parts[0]))
        .filter(process -> began(process) == Long.parseLong(parts[1]));
  }

  @Override
  public void close() throws IOException {
    if (file.isPresent()) {
      Files.deleteIfExists(file.get());
    }
  }
}
