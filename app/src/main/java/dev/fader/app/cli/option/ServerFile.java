package dev.fader.app.cli.option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/// What a server notes of itself while it runs, for `fader ps` and `fader stop` to find it: only
/// who started it can end it.
public final class ServerFile implements AutoCloseable {
  private static final int LONGEST = 400;
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");
  private static final Pattern HOST = Pattern.compile("[0-9A-Za-z.:_%-]{1,255}");

  private final Optional<Path> file;

  /// A server that is running.
  ///
  /// @param host where it listens: a name or an address of this machine
  public record Noted(ProcessHandle process, String host) {}

  private ServerFile(Optional<Path> file) {
    this.file = file;
  }

  /// No note.
  public static ServerFile none() {
    return new ServerFile(Optional.empty());
  }

  private static Path servers() {
    return Caches.state().resolve("servers");
  }

  /// Notes this process as the server at a port.
  ///
  /// @param host where it listens
  /// @throws IOException if it cannot be written
  public static ServerFile write(int port, String host) throws IOException {
    return write(servers(), port, host);
  }

  static ServerFile write(Path servers, int port, String host) throws IOException {
    var file = servers.resolve(port + ".pid");
    Files.createDirectories(file.getParent());
    var self = ProcessHandle.current();
    Files.writeString(file, self.pid() + " " + began(self) + " " + host + "\n");
    return new ServerFile(Optional.of(file));
  }

  private static long began(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /// The server at a port, if there is one that this user started.
  ///
  /// @throws IOException if the note cannot be read
  public static Optional<Noted> find(int port) throws IOException {
    return find(servers(), port);
  }

  static Optional<Noted> find(Path servers, int port) throws IOException {
    var file = servers.resolve(port + ".pid");
    if (!Files.isRegularFile(file) || Files.size(file) > LONGEST) {
      return Optional.empty();
    }
    var parts = Files.readString(file).strip().split(" ", -1);
    boolean whole =
        parts.length == 3
            && NUMBER.matcher(parts[0]).matches()
            && NUMBER.matcher(parts[1]).matches()
            && HOST.matcher(parts[2]).matches();
    if (!whole) {
      return Optional.empty();
    }
    // A process that began at another time has the number by chance.
    return ProcessHandle.of(Long.parseLong(parts[0]))
        .filter(process -> began(process) == Long.parseLong(parts[1]))
        .map(process -> new Noted(process, parts[2]));
  }

  @Override
  public void close() throws IOException {
    if (file.isPresent()) {
      Files.deleteIfExists(file.get());
    }
  }
}
