package dev.fader;

import dev.fader.generate.GenerationSettings;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.Temperature;
import dev.fader.generate.Truncation;
import dev.fader.grammar.Grammar;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/// How text is generated, and when it ends. Immutable. The model's own end-of-text tokens always
/// end it.
///
/// @param maxTokens maximum number of new tokens
/// @param context maximum number of tokens, prompt included; 0 for as many as needed, in a chat for
///   the model's context up to [#CHAT_CONTEXT]
/// @param stops stop strings, which are not part of the result
/// @param sampler how the next token is sampled; its seed is ignored in favour of [#seed]
/// @param seed of the random numbers; empty for a new one each time
/// @param grammar that constrains the text, if any
/// @param speculation how tokens are drafted, if they are
public record GenerationOptions(
    int maxTokens,
    int context,
    List<String> stops,
    SamplerSettings sampler,
    OptionalLong seed,
    Optional<Grammar> grammar,
    Optional<Speculation> speculation) {
  /// Default limit on the context of a chat, in tokens.
  public static final int CHAT_CONTEXT = 4096;

  /// Defaults for text completion: 200 tokens at temperature 0.8.
  public static final GenerationOptions OF_TEXT =
      new GenerationOptions(
          200,
          0,
          List.of(),
          SamplerSettings.DEFAULTS.withTemperature(new Temperature(0.8f)),
          OptionalLong.empty(),
          Optional.empty(),
          Optional.empty());

  /// Defaults for chat: no limit on tokens, temperature 0.8, top-k 40, top-p 0.95 and min-p 0.05.
  public static final GenerationOptions OF_ANSWER =
      OF_TEXT.withMaxTokens(Integer.MAX_VALUE).withTopK(40).withTopP(0.95).withMinP(0.05);

  /// @throws IllegalArgumentException if a value is out of range
  public GenerationOptions {
    if (context < 0) {
      throw new IllegalArgumentException(
          "context is %d, and must be at least 1, or 0 for the usual".formatted(context));
    }
    stops = new GenerationSettings(maxTokens, stops, List.of(), sampler).stops();
  }

  /// The same with another maximum number of new tokens.
  public GenerationOptions withMaxTokens(int other) {
    return new GenerationOptions(other, context, stops, sampler, seed, grammar, speculation);
  }

  /// The same with another maximum number of tokens, prompt included.
  public GenerationOptions withContext(int other) {
    return new GenerationOptions(maxTokens, other, stops, sampler, seed, grammar, speculation);
  }

  /// The same with other stop strings.
  public GenerationOptions withStops(String... others) {
    return new GenerationOptions(
        maxTokens, context, List.of(others), sampler, seed, grammar, speculation);
  }

  /// The same with another sampler, for settings that have no method here.
  public GenerationOptions withSampler(SamplerSettings other) {
    return new GenerationOptions(maxTokens, context, stops, other, seed, grammar, speculation);
  }

  /// The same with a fixed seed: the same model and prompt give the same text.
  public GenerationOptions withSeed(long other) {
    return new GenerationOptions(
        maxTokens, context, stops, sampler, OptionalLong.of(other), grammar, speculation);
  }

  /// The same with a grammar that constrains the text, such as one from a JSON schema by
  /// [dev.fader.grammar.schema.JsonSchemaGrammar#parse].
  public GenerationOptions withGrammar(Grammar other) {
    return new GenerationOptions(
        maxTokens, context, stops, sampler, seed, Optional.of(other), speculation);
  }

  /// The same with speculative decoding, which changes how fast the text is written and not what is
  /// written.
  public GenerationOptions withSpeculation(Speculation other) {
    return new GenerationOptions(
        maxTokens, context, stops, sampler, seed, grammar, Optional.of(other));
  }

  /// The same with another temperature: below 1 sharpens the distribution, above 1 flattens it; 0
  /// is greedy decoding.
  public GenerationOptions withTemperature(double other) {
    return withSampler(sampler.withTemperature(new Temperature((float) other)));
  }

  /// The same with top-k sampling: only the `other` most probable tokens, 0 for all.
  public GenerationOptions withTopK(int other) {
    return withSampler(sampler.withTruncation(cuts().withTopK(other)));
  }

  /// The same with top-p (nucleus) sampling: only the most probable tokens that add up to `other`,
  /// 1 for all (Holtzman et al. 2019).
  public GenerationOptions withTopP(double other) {
    return withSampler(sampler.withTruncation(cuts().withTopP((float) other)));
  }

  /// The same with min-p sampling: only tokens at least `other` times as probable as the first, 0
  /// for all (Nguyen et al. 2024).
  public GenerationOptions withMinP(double other) {
    return withSampler(sampler.withTruncation(cuts().withMinP((float) other)));
  }

  private Truncation.Cuts cuts() {
    return sampler.truncation() instanceof Truncation.Cuts cuts ? cuts : Truncation.Cuts.NONE;
  }

  GenerationSettings settings(List<Integer> ends) {
    long drawn = seed.orElseGet(() -> ThreadLocalRandom.current().nextLong());
    return new GenerationSettings(maxTokens, stops, ends, sampler.withSeed(drawn), grammar);
  }
}
