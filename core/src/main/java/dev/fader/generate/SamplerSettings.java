package dev.fader.generate;

import java.util.Map;
import java.util.Optional;

/// How the next token is sampled. The stages run in the order of llama.cpp: logit bias, penalties,
/// truncation, temperature. [#DEFAULTS] samples from the whole distribution as it is.
///
/// @param logitBias added to the logits of some ids; minus infinity forbids a token
/// @param penalties on repetition; ignored with mirostat
/// @param truncation which tokens remain
/// @param temperature of their distribution
/// @param seed of the random numbers
public record SamplerSettings(
    Map<Integer, Float> logitBias,
    Penalties penalties,
    Truncation truncation,
    Temperature temperature,
    long seed) {
  /// The distribution as it is.
  public static final SamplerSettings DEFAULTS =
      new SamplerSettings(Map.of(), Penalties.NONE, Truncation.Cuts.NONE, Temperature.ONE, 0);

  public SamplerSettings {
    logitBias = Map.copyOf(logitBias);
    for (var bias : logitBias.entrySet()) {
      require(bias.getKey() >= 0, "logit bias of token", bias.getKey(), "of an id of at least 0");
      require(
          bias.getValue() < Float.POSITIVE_INFINITY,
          "logit bias of token " + bias.getKey(),
          bias.getValue(),
          "a number, or minus infinity to forbid it");
    }
  }

  static void require(boolean holds, String name, Number value, String range) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s, and must be %s".formatted(name, value, range));
    }
  }

  /// Greedy decoding: always the most probable token, after bias and penalties.
  public SamplerSettings greedy() {
    return withTruncation(Truncation.Cuts.NONE).withTemperature(new Temperature(0));
  }

  /// The same with another logit bias.
  public SamplerSettings withLogitBias(Map<Integer, Float> other) {
    return new SamplerSettings(other, penalties, truncation, temperature, seed);
  }

  /// The same with other penalties.
  public SamplerSettings withPenalties(Penalties other) {
    return new SamplerSettings(logitBias, other, truncation, temperature, seed);
  }

  /// The same with another truncation.
  public SamplerSettings withTruncation(Truncation other) {
    return new SamplerSettings(logitBias, penalties, other, temperature, seed);
  }

  /// The same with another temperature.
  public SamplerSettings withTemperature(Temperature other) {
    return new SamplerSettings(logitBias, penalties, truncation, other, seed);
  }

  /// The same with another seed.
  public SamplerSettings withSeed(long other) {
    return new SamplerSettings(logitBias, penalties, truncation, temperature, other);
  }

  /// Mirostat's settings, where it takes the place of the cuts.
  Optional<Truncation.Mirostat> mirostat() {
    return truncation instanceof Truncation.Mirostat mirostat
        ? Optional.of(mirostat)
        : Optional.empty();
  }
}
