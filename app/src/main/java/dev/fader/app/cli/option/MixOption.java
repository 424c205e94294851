package dev.fader.app.cli.option;

import dev.fader.model.mix.Mix;
import dev.fader.model.mix.MixFile;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// A mix to run a model with.
public final class MixOption {
  @Option(
      names = "--mix",
      paramLabel = "FILE",
      description =
          "A mix, as fader mix makes it: layers, heads, neurons, experts, adapters or single weights"
              + " that are louder or quieter than they were learned.")
  private @Nullable Path file;

  MixOption() {}

  public boolean isGiven() {
    return file != null;
  }

  /// The mix; without one, that which changes nothing.
  ///
  /// @throws IOException if there is no such file, or it is no mix
  public Mix read() throws IOException {
    return file == null ? Mix.NEUTRAL : MixFile.read(file);
  }
}
