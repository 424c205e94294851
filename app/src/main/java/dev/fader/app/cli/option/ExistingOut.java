package dev.fader.app.cli.option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// What a command that writes a model does where its OUT is there already: nothing, unless told to.
public final class ExistingOut {
  @Option(names = "--overwrite", description = "Replaces OUT if it exists.")
  private boolean overwrite;

  ExistingOut() {}

  /// Whether writing `out` would delete `source`: it is the same, or in it.
  ///
  /// @throws IOException if one cannot be looked up
  public static boolean isOrHolds(Path out, Path source) throws IOException {
    return Files.exists(out)
        && Files.exists(source)
        && source.toRealPath().startsWith(out.toRealPath());
  }

  /// Refuses `out` if it is there and is not to be replaced.
  ///
  /// @throws IOException if so
  public void check(Path out) throws IOException {
    if (!overwrite && Files.exists(out, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(
          out + " already exists: replace it (--overwrite) or choose another OUT");
    }
  }
}
