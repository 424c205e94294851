package dev.fader.generate;

import static dev.fader.generate.SamplerSettings.require;

import java.util.List;

/// "Don't repeat yourself": a token that would continue the repetition of an earlier sequence loses
/// `multiplier * base ^ (length - allowedLength)` of its logit, `length` being that of the repeated
/// sequence before it (p-e-w 2024, text-generation-webui pull request 5677).
///
/// @param multiplier 0 for no penalty
/// @param base at least 1
/// @param allowedLength repeated sequences up to this length are not penalised
/// @param window how many of the last tokens are searched: 0 for none, -1 for all
/// @param breakers texts that no repeated sequence extends across
public record Dry(
    float multiplier, float base, int allowedLength, int window, List<String> breakers) {
  /// The breakers of llama.cpp.
  public static final List<String> DEFAULT_BREAKERS = List.of("\n", ":", "\"", "*");

  /// No penalty.
  public static final Dry NONE = new Dry(0, 1.75f, 2, -1, DEFAULT_BREAKERS);

  public Dry {
    require(
        multiplier >= 0 && Float.isFinite(multiplier),
        "DRY multiplier",
        multiplier,
        "a number of at least 0");
    require(base >= 1 && Float.isFinite(base), "DRY base", base, "a number of at least 1");
    require(allowedLength >= 0, "DRY allowed length", allowedLength, "at least 0");
    require(window >= -1, "DRY window", window, "at least 0, or -1 for the whole text");
    breakers = List.copyOf(breakers);
    for (var breaker : breakers) {
      if (breaker.isEmpty()) {
        throw new IllegalArgumentException(
            "a DRY sequence breaker is empty: give at least one character");
      }
    }
  }

  boolean penalizes() {
    return multiplier != 0 && window != 0;
  }
}
