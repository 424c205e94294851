package dev.fader.generate;

/// How the next token is chosen from its distribution. [#DEFAULTS] samples from the whole
/// distribution as it is.
///
/// @param temperature logits are divided by it; 0 takes the most probable token
/// @param topK only the `topK` most probable tokens, 0 for all
/// @param topP only the most probable tokens whose probabilities add up to `topP` (Holtzman et al.
///   2019), 1 for all
/// @param minP only tokens at least `minP` times as probable as the most probable one, 0 for all
/// @param repeatPenalty logits of recent tokens are divided by it, or multiplied where negative
///   (Keskar et al. 2019)
/// @param repeatWindow how many of the last tokens are recent
/// @param seed of the random numbers
public record SamplerSettings(
    float temperature,
    int topK,
    float topP,
    float minP,
    float repeatPenalty,
    int repeatWindow,
    long seed) {
  /// The distribution as it is.
  public static final SamplerSettings DEFAULTS = new SamplerSettings(1, 0, 1, 0, 1, 64, 0);

  public SamplerSettings {
    require(
        temperature >= 0 && Float.isFinite(temperature), "temperature", temperature, "at least 0");
    require(topK >= 0, "top-k", topK, "at least 0");
    require(topP > 0 && topP <= 1, "top-p", topP, "above 0 and at most 1");
    require(minP >= 0 && minP <= 1, "min-p", minP, "from 0 to 1");
    require(
        repeatPenalty > 0 && Float.isFinite(repeatPenalty),
        "repeat penalty",
        repeatPenalty,
        "above 0");
    require(repeatWindow >= 0, "repeat window", repeatWindow, "at least 0");
  }

  private static void require(boolean holds, String name, Number value, String range) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s, and must be %s".formatted(name, value, range));
    }
  }

  /// Always the most probable token.
  public SamplerSettings greedy() {
    return new SamplerSettings(0, topK, topP, minP, repeatPenalty, repeatWindow, seed);
  }
}
