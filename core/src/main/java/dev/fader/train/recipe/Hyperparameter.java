package dev.fader.train.recipe;

/// A number that a recipe decides, or that the user sets by hand.
public enum Hyperparameter {
  DEPTH("depth", true),
  VOCABULARY("vocab", true),
  LAYERS("layers", true),
  WIDTH("dim", true),
  HEADS("heads", true),
  KEY_VALUE_HEADS("kv-heads", true),
  FEED_FORWARD("ffn", true),
  CONTEXT("context", true),
  WINDOW("window", true),
  SHARED_LAYERS("share-layers", true),
  BATCH("batch", true),
  ACCUMULATE("accumulate", true),
  STEPS("steps", true),
  TOKENS("tokens", true),
  EPOCHS("epochs", false),
  MINUTES("minutes", false),
  LEARNING_RATE("lr", false),
  MINIMUM_LEARNING_RATE("min-lr", false),
  WARMUP("warmup", true),
  BETA1("beta1", false),
  BETA2("beta2", false),
  EPSILON("eps", false),
  MOMENTUM("momentum", false),
  WEIGHT_DECAY("weight-decay", false),
  CLIP("clip", false),
  DROPOUT("dropout", false),
  SEED("seed", true);

  private final String flag;
  private final boolean whole;

  Hyperparameter(String flag, boolean whole) {
    this.flag = flag;
    this.whole = whole;
  }

  /// Its name on the command line, without the dashes, and in the list of decisions.
  public String flag() {
    return flag;
  }

  /// Whether only whole numbers make sense.
  boolean isWhole() {
    return whole;
  }
}
