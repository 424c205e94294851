package dev.fader.model;

/// The purpose of a weight, independent of its name in a family.
public enum Role {
  TOKEN_EMBEDDING(false),
  /// From the columns of a narrow token embedding to the width (ALBERT, OPT).
  EMBEDDING_PROJECTION(false),
  POSITION_EMBEDDING(false),
  ATTENTION_NORM(true),
  /// Query, key and value in one matrix (GPT-2, Phi-3).
  QUERY_KEY_VALUE(true),
  QUERY(true),
  KEY(true),
  VALUE(true),
  /// From the layer's input to the queries' latent (DeepSeek-V2).
  QUERY_DOWN(true),
  QUERY_DOWN_NORM(true),
  /// From the queries' latent to the queries.
  QUERY_UP(true),
  /// From the layer's input to the latent of keys and values, and the rotated columns of the keys.
  KEY_VALUE_DOWN(true),
  KEY_VALUE_DOWN_NORM(true),
  /// From the latent to the columns of each key head without positions, and its value head.
  KEY_VALUE_UP(true),
  QUERY_NORM(true),
  KEY_NORM(true),
  /// Attention sinks: a learned score per head that takes part in the softmax without a value
  /// (gpt-oss).
  SINKS(true),
  ATTENTION_OUTPUT(true),
  AFTER_ATTENTION_NORM(true),
  FEED_FORWARD_NORM(true),
  GATE(true),
  UP(true),
  /// Gate and up in one matrix (Phi-3).
  GATE_UP(true),
  DOWN(true),
  /// Router: from the layer's input to one score per expert.
  ROUTER(true),
  /// Added to the probabilities for selecting experts (DeepSeek-V3).
  ROUTER_CORRECTION(true),
  EXPERT_GATE(true),
  EXPERT_UP(true),
  /// Gate and up of all experts, their columns interleaved (gpt-oss).
  EXPERT_GATE_UP(true),
  EXPERT_DOWN(true),
  SHARED_GATE(true),
  SHARED_UP(true),
  SHARED_DOWN(true),
  AFTER_FEED_FORWARD_NORM(true),
  FINAL_NORM(false),
  /// From the width to the columns of a narrow head (OPT).
  HEAD_PROJECTION(false),
  HEAD(false);

  private final boolean inLayer;

  Role(boolean inLayer) {
    this.inLayer = inLayer;
  }

  /// Whether it is the weight or bias of a norm.
  public boolean isNorm() {
    return switch (this) {
      case ATTENTION_NORM,
          QUERY_DOWN_NORM,
          KEY_VALUE_DOWN_NORM,
          QUERY_NORM,
          KEY_NORM,
          AFTER_ATTENTION_NORM,
          FEED_FORWARD_NORM,
          AFTER_FEED_FORWARD_NORM,
          FINAL_NORM ->
          true;
      default -> false;
    };
  }

  /// Whether it belongs to the experts, of which a token uses a few.
  public boolean isExpert() {
    return switch (this) {
      case EXPERT_GATE, EXPERT_UP, EXPERT_GATE_UP, EXPERT_DOWN -> true;
      default -> false;
    };
  }

  /// Whether it takes hidden states and gives hidden states: all but the tables of tokens and
  /// positions, and the head.
  public boolean isHidden() {
    return inLayer || this == EMBEDDING_PROJECTION || this == HEAD_PROJECTION;
  }

  /// Whether every layer has one.
  public boolean inLayer() {
    return inLayer;
  }
}
