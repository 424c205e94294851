package dev.fader.model;

/// The numbers that an entry of the parameter table begins with.
public sealed interface InitialNumbers {
  /// All alike: norms start as the identity, biases and sinks at zero.
  record Constant(float value) implements InitialNumbers {}

  /// Normal around 0.
  record Normal(double deviation) implements InitialNumbers {}

  /// Those of an entry. Matrices are normal with the configuration's standard deviation, divided by
  /// `sqrt(2 * layers)` for those that write to the residual stream (Radford et al. 2019, section
  /// 2.3). The head's deviation is limited so that the first loss is about `ln V`.
  static InitialNumbers of(ModelConfig config, ParameterSpec spec) {
    if (spec.bias()) {
      return new Constant(0);
    }
    double range = config.initializerRange();
    return switch (spec.role()) {
      case ATTENTION_NORM,
          QUERY_DOWN_NORM,
          KEY_VALUE_DOWN_NORM,
          QUERY_NORM,
          KEY_NORM,
          AFTER_ATTENTION_NORM,
          FEED_FORWARD_NORM,
          AFTER_FEED_FORWARD_NORM,
          FINAL_NORM ->
          new Constant(1 - config.norm().weightOffset());
      case ATTENTION_OUTPUT, DOWN, EXPERT_DOWN, SHARED_DOWN ->
          new Normal(range / Math.sqrt(2.0 * config.layers()));
      case TOKEN_EMBEDDING -> new Normal(config.embedding().tied() ? headRange(config) : range);
      case HEAD -> new Normal(headRange(config));
      case EMBEDDING_PROJECTION, HEAD_PROJECTION -> new Normal(1 / Math.sqrt(inputs(config, spec)));
      case SINKS, ROUTER_CORRECTION -> new Constant(0);
      case POSITION_EMBEDDING,
          QUERY_KEY_VALUE,
          QUERY,
          KEY,
          VALUE,
          QUERY_DOWN,
          QUERY_UP,
          KEY_VALUE_DOWN,
          KEY_VALUE_UP,
          GATE,
          UP,
          GATE_UP,
          ROUTER,
          EXPERT_GATE,
          EXPERT_UP,
          EXPERT_GATE_UP,
          SHARED_GATE,
          SHARED_UP ->
          new Normal(range);
    };
  }

  /// The matrices of a factorised embedding keep the size of what passes them. With the deviation
  /// of the others, tokens would begin far smaller than the positions that are added to them.
  private static double inputs(ModelConfig config, ParameterSpec spec) {
    return spec.role() == Role.HEAD_PROJECTION ? config.width() : config.embeddingWidth();
  }

  /// Normalized rows of `n` columns have length `sqrt(n)`, so logits have deviation `range *
  /// sqrt(n)` and the first loss exceeds `ln V` by half its square: 0.03 at a deviation of a
  /// quarter.
  private static double headRange(ModelConfig config) {
    return Math.min(config.initializerRange(), 0.25 / Math.sqrt(config.embeddingWidth()));
  }
}
