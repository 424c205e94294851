package dev.fader.train.recipe;

/// A numeric hyperparameter, derived by a recipe unless set by hand.
public enum Hyperparameter {
  DEPTH("depth", true),
  VOCABULARY("vocabulary", true),
  LAYERS("layers", true),
  WIDTH("width", true),
  EMBEDDING_WIDTH("embeddingWidth", true),
  HEADS("heads", true),
  KEY_VALUE_HEADS("keyValueHeads", true),
  FEED_FORWARD("feedForward", true),
  CONTEXT("context", true),
  WINDOW("window", true),
  SHARED_LAYERS("sharedLayers", true),
  EXPERTS("experts", true),
  EXPERTS_PER_TOKEN("expertsPerToken", true),
  SHARED_EXPERTS("sharedExperts", true),
  EXPERT_FEED_FORWARD("expertFeedForward", true),
  DENSE_LAYERS("denseLayers", true),
  BALANCE_SPEED("balanceSpeed", false),
  BALANCE_LOSS("balanceLoss", false),
  ROUTER_LOSS("routerLoss", false),
  SPARSITY_LOSS("sparsityLoss", false),
  BATCH("batch", true),
  ACCUMULATE("accumulate", true),
  STEPS("steps", true),
  TOKENS("tokens", true),
  EPOCHS("epochs", false),
  MINUTES("minutes", false),
  LEARNING_RATE("learningRate", false),
  MINIMUM_LEARNING_RATE("minimumLearningRate", false),
  WARMUP("warmup", true),
  BETA1("beta1", false),
  BETA2("beta2", false),
  EPSILON("epsilon", false),
  MOMENTUM("momentum", false),
  WEIGHT_DECAY("weightDecay", false),
  CLIP("clip", false),
  DROPOUT("dropout", false),
  SEED("seed", true);

  private final String field;
  private final boolean whole;

  Hyperparameter(String field, boolean whole) {
    this.field = field;
    this.whole = whole;
  }

  /// Its name in messages, where it stands in backticks, and in the list of decisions.
  public String field() {
    return field;
  }

  /// Whether only whole numbers make sense.
  boolean isWhole() {
    return whole;
  }
}
