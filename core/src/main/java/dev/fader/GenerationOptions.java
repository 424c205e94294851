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

/// How text is written, and when it ends. It always ends where the model ends it; that needs no
/// option.
///
/// @param maxTokens new tokens at most
/// @param context tokens that a session has room for, those of the prompt included; 0 for what is
///   needed, in a chat for the model's context but [#CHAT_CONTEXT] at most
/// @param stops texts that end the writing; they are not part of the result
/// @param sampler how the next token is chosen; its seed does not count, [#seed] does
/// @param seed of the random numbers; another one each time if empty
/// @param grammar what the text must keep to, if anything
public record GenerationOptions(
    int maxTokens,
    int context,
    List<String> stops,
    SamplerSettings sampler,
    OptionalLong seed,
    Optional<Grammar> grammar) {
  /// Tokens that a chat remembers at most unless [#withContext] says otherwise.
  public static final int CHAT_CONTEXT = 4096;

  /// For going on with a text: 200 tokens at temperature 0.8.
  public static final GenerationOptions OF_TEXT =
      new GenerationOptions(
          200,
          0,
          List.of(),
          SamplerSettings.DEFAULTS.withTemperature(new Temperature(0.8f)),
          OptionalLong.empty(),
          Optional.empty());

  /// For an answer in a chat: as long as the model wants, at temperature 0.8, top-k 40, top-p 0.95
  /// and min-p 0.05.
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

  /// The same with another number of new tokens at most.
  public GenerationOptions withMaxTokens(int other) {
    return new GenerationOptions(other, context, stops, sampler, seed, grammar);
  }

  /// The same with another room for prompt and answer.
  public GenerationOptions withContext(int other) {
    return new GenerationOptions(maxTokens, other, stops, sampler, seed, grammar);
  }

  /// The same with other texts that end it.
  public GenerationOptions withStops(String... others) {
    return new GenerationOptions(maxTokens, context, List.of(others), sampler, seed, grammar);
  }

  /// The same with another sampler, for what has no shorthand here.
  public GenerationOptions withSampler(SamplerSettings other) {
    return new GenerationOptions(maxTokens, context, stops, other, seed, grammar);
  }

  /// The same with fixed random numbers: the same model and prompt give the same text.
  public GenerationOptions withSeed(long other) {
    return new GenerationOptions(
        maxTokens, context, stops, sampler, OptionalLong.of(other), grammar);
  }

  /// The same with a grammar that the text must keep to, such as that of a JSON schema by
  /// [dev.fader.grammar.schema.JsonSchemaGrammar#parse].
  public GenerationOptions withGrammar(Grammar other) {
    return new GenerationOptions(maxTokens, context, stops, sampler, seed, Optional.of(other));
  }

  /// The same with another temperature: below 1 the probable becomes more so, above 1 less; 0 takes
  /// the most probable token always.
  public GenerationOptions withTemperature(double other) {
    return withSampler(sampler.withTemperature(new Temperature((float) other)));
  }

  /// The same with only the `other` most probable tokens, 0 for all.
  public GenerationOptions withTopK(int other) {
    return withSampler(sampler.withTruncation(cuts().withTopK(other)));
  }

  /// The same with only the most probable tokens that add up to `other`, 1 for all (Holtzman et al.
  /// 2019).
  public GenerationOptions withTopP(double other) {
    return withSampler(sampler.withTruncation(cuts().withTopP((float) other)));
  }

  /// The same with only tokens at least `other` times as probable as the first, 0 for all (Nguyen
  /// et al. 2024).
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
