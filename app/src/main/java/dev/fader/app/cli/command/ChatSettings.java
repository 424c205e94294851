package dev.fader.app.cli.command;

import dev.fader.generate.GenerationSettings;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.Temperature;
import dev.fader.generate.Truncation.Cuts;
import java.util.List;
import java.util.Locale;

/// How answers are written, and what of it can be changed while one talks.
final class ChatSettings {
  static final String NAMES = "temperature, top-k, top-p, min-p, seed, max-tokens, verbose";

  private GenerationSettings generation;
  private boolean verbose;

  ChatSettings(GenerationSettings generation, boolean verbose) {
    this.generation = generation;
    this.verbose = verbose;
  }

  GenerationSettings generation() {
    return generation;
  }

  boolean isVerbose() {
    return verbose;
  }

  /// Changes one.
  ///
  /// @throws IllegalArgumentException if there is none of this name, or the value is out of range
  void set(String name, String value) {
    try {
      if (name.equals("verbose")) {
        verbose = isOn(value);
      } else if (name.equals("max-tokens")) {
        generation = generation.withMaxTokens(Integer.parseInt(value));
      } else {
        generation = generation.withSampler(changed(generation.sampler(), name, value));
      }
    } catch (NumberFormatException none) {
      throw new IllegalArgumentException(
          "'%s' is not a number for %s".formatted(value, name), none);
    }
  }

  private static boolean isOn(String value) {
    return switch (value) {
      case "on", "true" -> true;
      case "off", "false" -> false;
      default ->
          throw new IllegalArgumentException(
              "verbose must be on or off, not '%s'".formatted(value));
    };
  }

  private static SamplerSettings changed(SamplerSettings sampler, String name, String value) {
    var cuts = sampler.truncation() instanceof Cuts given ? given : Cuts.NONE;
    return switch (name) {
      case "temperature" -> sampler.withTemperature(new Temperature(Float.parseFloat(value)));
      case "seed" -> sampler.withSeed(Long.parseLong(value));
      case "top-k" -> sampler.withTruncation(cuts.withTopK(Integer.parseInt(value)));
      case "top-p" -> sampler.withTruncation(cuts.withTopP(Float.parseFloat(value)));
      case "min-p" -> sampler.withTruncation(cuts.withMinP(Float.parseFloat(value)));
      default ->
          throw new IllegalArgumentException(
              "unknown setting '%s': the settings are %s".formatted(name, NAMES));
    };
  }

  /// What they are now, a line each.
  List<String> lines() {
    var sampler = generation.sampler();
    var cuts = sampler.truncation() instanceof Cuts given ? given : Cuts.NONE;
    return List.of(
        line("temperature", sampler.temperature().value()),
        line("top-k", cuts.topK()),
        line("top-p", cuts.topP()),
        line("min-p", cuts.minP()),
        line("seed", sampler.seed()),
        line(
            "max-tokens",
            generation.maxTokens() == Integer.MAX_VALUE ? "all" : generation.maxTokens()),
        line("verbose", verbose ? "on" : "off"));
  }

  private static String line(String name, Object value) {
    return String.format(Locale.ROOT, "%-12s %s", name, value);
  }
}
