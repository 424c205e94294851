package dev.fader.generate;

import static dev.fader.generate.SamplerSettings.require;

/// What makes tokens less probable that stand in the text already.
///
/// @param repeat logits of recent tokens are divided by it, or multiplied where negative (Keskar et
///   al. 2019, arXiv:1909.05858); 1 for nothing
/// @param presence subtracted from the logits of recent tokens once; 0 for nothing
/// @param frequency subtracted from the logits of recent tokens as often as they stand there; 0 for
///   nothing
/// @param window how many of the last tokens are recent: 0 for none, -1 for all
/// @param dry against whole sequences that come again
public record Penalties(float repeat, float presence, float frequency, int window, Dry dry) {
  /// Tokens that are recent where nothing else is said, as in llama.cpp.
  public static final int DEFAULT_WINDOW = 64;

  /// No penalties.
  public static final Penalties NONE = new Penalties(1, 0, 0, DEFAULT_WINDOW, Dry.NONE);

  public Penalties {
    require(repeat > 0 && Float.isFinite(repeat), "repeat penalty", repeat, "above 0");
    require(Float.isFinite(presence), "presence penalty", presence, "a number");
    require(Float.isFinite(frequency), "frequency penalty", frequency, "a number");
    require(window >= -1, "repeat window", window, "at least 0, or -1 for the whole text");
  }

  boolean penalizeTokens() {
    return window != 0 && (repeat != 1 || presence != 0 || frequency != 0);
  }
}
