package dev.fader.app.cli.option;

import dev.fader.generate.Dry;
import dev.fader.generate.Penalties;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What keeps a model from repeating itself.
final class PenaltyOptions {
  @Option(
      names = "--repeat-penalty",
      paramLabel = "R",
      description = "Repetition penalty: divides the logits of recent tokens; 1 for none.")
  private @Nullable Float repeat;

  @Option(
      names = "--presence-penalty",
      paramLabel = "A",
      description = "Subtracts A from the logits of recent tokens; default 0.")
  private @Nullable Float presence;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "A",
      description = "Subtracts A for each occurrence of a recent token; default 0.")
  private @Nullable Float frequency;

  @Option(
      names = "--repeat-last-n",
      paramLabel = "N",
      description = "Tokens that are recent; default 64, -1 for all.")
  private @Nullable Integer window;

  @Option(
      names = "--dry-multiplier",
      paramLabel = "A",
      description = "Penalty for sequences that come again; default 0, none.")
  private float dryMultiplier;

  @Option(
      names = "--dry-base",
      paramLabel = "B",
      description = "By which it grows with each token of the sequence; default 1.75.")
  private float dryBase = Dry.NONE.base();

  @Option(
      names = "--dry-allowed-length",
      paramLabel = "N",
      description = "Sequences up to this length may come again; default 2.")
  private int dryAllowedLength = Dry.NONE.allowedLength();

  @Option(
      names = "--dry-penalty-last-n",
      paramLabel = "N",
      description = "Tokens that are searched for it; default -1, all.")
  private int dryWindow = Dry.NONE.window();

  @Option(
      names = "--dry-sequence-breaker",
      paramLabel = "TEXT",
      description =
          "A text that sequences end at, in place of line end, colon, quote and *; 'none' for none;"
              + " may be repeated.")
  private @Nullable List<String> dryBreakers;

  PenaltyOptions() {}

  Penalties penalties(Penalties defaults) {
    return new Penalties(
        repeat == null ? defaults.repeat() : repeat,
        presence == null ? defaults.presence() : presence,
        frequency == null ? defaults.frequency() : frequency,
        window == null ? defaults.window() : window,
        new Dry(dryMultiplier, dryBase, dryAllowedLength, dryWindow, breakers()));
  }

  private List<String> breakers() {
    if (dryBreakers == null) {
      return Dry.DEFAULT_BREAKERS;
    }
    return dryBreakers.equals(List.of("none")) ? List.of() : dryBreakers;
  }
}
