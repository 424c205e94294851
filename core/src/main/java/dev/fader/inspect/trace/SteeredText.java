package dev.fader.inspect.trace;

import dev.fader.generate.GenerationSettings;
import dev.fader.generate.Generator;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.Session;
import dev.fader.generate.SessionPool;
import dev.fader.model.Decoder;
import dev.fader.model.KeyValueLimits;
import java.util.List;

/// What a model goes on with as it is, and with a direction added to its residual stream.
///
/// @param plain without
/// @param steered with it
public record SteeredText(String plain, String steered) {
  /// How it is written.
  ///
  /// @param strength what the direction is multiplied with
  /// @param maxTokens that are written
  public record Writing(float strength, int maxTokens) {}

  /// Goes on from a text twice, each time with the most probable token.
  ///
  /// @throws IllegalArgumentException if a token is out of range
  /// @throws dev.fader.generate.ContextFullException if the text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  public static SteeredText of(
      TracedModel model, int[] ids, SteeringVector vector, Writing writing) {
    model.requireText(ids);
    var plain = write(model, model.decoder(), ids, writing.maxTokens);
    try (var arena = model.memory().open("steering vector")) {
      var steered = model.decoder().intervened(vector.addition(arena, writing.strength));
      return new SteeredText(plain, write(model, steered, ids, writing.maxTokens));
    }
  }

  private static String write(TracedModel model, Decoder decoder, int[] ids, int maxTokens) {
    int capacity = (int) Math.min((long) ids.length + maxTokens, decoder.config().context());
    var pool = new SessionPool(decoder, model.writing(), model.memory(), KeyValueLimits.DEFAULTS);
    try (var session = new Session(pool, capacity)) {
      var settings =
          new GenerationSettings(
              maxTokens, List.of(), model.ends(), SamplerSettings.DEFAULTS.greedy());
      var written = new Generator(session, model.tokenizer(), settings);
      return written.generate(ids, text -> model.requireWanted()).text();
    }
  }
}
