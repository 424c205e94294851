package dev.fader.generate;

import java.util.List;

/// When generation ends, and how tokens are chosen until then.
///
/// @param maxTokens new tokens at most
/// @param stops texts that end it; they are not part of the result
/// @param ends token ids that end it; they are not part of the result
public record GenerationSettings(
    int maxTokens, List<String> stops, List<Integer> ends, SamplerSettings sampler) {
  public GenerationSettings {
    if (maxTokens < 1) {
      throw new IllegalArgumentException(
          "max tokens is %d, and must be at least 1".formatted(maxTokens));
    }
    stops = List.copyOf(stops);
    ends = List.copyOf(ends);
  }
}
