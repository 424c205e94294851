package dev.fader.generate;

import static dev.fader.generate.SamplerSettings.require;

/// Repetition penalties: they lower the logits of tokens that occurred in the text.
///
/// @param repeat logits of recent tokens are divided by it, or multiplied where negative (Keskar et
///   al. 2019, arXiv:1909.05858); 1 for no penalty
/// @param presence subtracted once from the logits of recent tokens; 0 for no penalty
/// @param frequency subtracted from the logits of recent tokens once per occurrence; 0 for no
///   penalty
/// @param window how many of the last tokens are recent: 0 for none, -1 for all
/// @param dry penalty on repeated sequences
public record Penalties(float repeat, float presence, float frequency, int window, Dry dry) {
  /// Default number of recent tokens, that of llama.cpp.
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
