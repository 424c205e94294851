package dev.fader.app.cli.option;

import java.nio.file.Path;
import java.util.Optional;

/// Where Fader keeps what can be made again.
public final class Caches {
  private Caches() {}

  /// The folder of token files: `FADER_CACHE`, or `fader` in the user's cache folder.
  public static Path data() {
    return environment("FADER_CACHE")
        .or(() -> environment("XDG_CACHE_HOME").map(folder -> folder.resolve("fader")))
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "fader"))
        .resolve("data");
  }

  /// The folder of what is remembered between runs: `fader` in the user's state folder.
  public static Path state() {
    return environment("XDG_STATE_HOME")
        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".local", "state"))
        .resolve("fader");
  }

  private static Optional<Path> environment(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank()).map(Path::of);
  }
}
