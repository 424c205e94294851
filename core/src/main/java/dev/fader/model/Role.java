package dev.fader.model;

/// What a weight is for, whatever its family calls it.
public enum Role {
  TOKEN_EMBEDDING(false),
  POSITION_EMBEDDING(false),
  ATTENTION_NORM(true),
  /// Query, key and value in one matrix (GPT-2).
  QUERY_KEY_VALUE(true),
  QUERY(true),
  KEY(true),
  VALUE(true),
  QUERY_NORM(true),
  KEY_NORM(true),
  ATTENTION_OUTPUT(true),
  AFTER_ATTENTION_NORM(true),
  FEED_FORWARD_NORM(true),
  GATE(true),
  UP(true),
  DOWN(true),
  AFTER_FEED_FORWARD_NORM(true),
  FINAL_NORM(false),
  HEAD(false);

  private final boolean inLayer;

  Role(boolean inLayer) {
    this.inLayer = inLayer;
  }

  /// Whether every layer has one.
  public boolean inLayer() {
    return inLayer;
  }
}
