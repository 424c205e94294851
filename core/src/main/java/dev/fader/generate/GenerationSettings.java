package dev.fader.generate;

import dev.fader.grammar.Grammar;
import java.util.List;
import java.util.Optional;

/// When generation ends, and how tokens are sampled until then.
///
/// @param maxTokens new tokens at most
/// @param stops stop strings, which are not part of the result
/// @param ends end-of-text token ids, which are not part of the result
/// @param grammar that constrains the text, if any
public record GenerationSettings(
    int maxTokens,
    List<String> stops,
    List<Integer> ends,
    SamplerSettings sampler,
    Optional<Grammar> grammar) {
  public GenerationSettings {
    if (maxTokens < 1) {
      throw new IllegalArgumentException(
          "max tokens is %d, and must be at least 1".formatted(maxTokens));
    }
    stops = List.copyOf(stops);
    if (stops.contains("")) {
      throw new IllegalArgumentException("a stop string is empty: give at least one character");
    }
    ends = List.copyOf(ends);
  }

  /// Settings without a grammar.
  public GenerationSettings(
      int maxTokens, List<String> stops, List<Integer> ends, SamplerSettings sampler) {
    this(maxTokens, stops, ends, sampler, Optional.empty());
  }

  /// The same with another number of tokens.
  public GenerationSettings withMaxTokens(int other) {
    return new GenerationSettings(other, stops, ends, sampler, grammar);
  }

  /// The same with another sampler.
  public GenerationSettings withSampler(SamplerSettings other) {
    return new GenerationSettings(maxTokens, stops, ends, other, grammar);
  }

  /// The same with other end-of-text tokens.
  public GenerationSettings withEnds(List<Integer> other) {
    return new GenerationSettings(maxTokens, stops, other, sampler, grammar);
  }
}
