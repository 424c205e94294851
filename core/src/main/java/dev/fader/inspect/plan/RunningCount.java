package dev.fader.inspect.plan;

import dev.fader.model.ModelConfig;
import dev.fader.tensor.DType;

/// What running a model takes, counted once for every context and every device.
public final class RunningCount {
  /// As sessions read prompts.
  private static final int BLOCK = 256;

  private static final double PROGRAM = 300e6;

  private final ModelConfig config;
  private final DType cache;
  private final WeightBytes weights;
  private final double fixed; // working memory of any context
  private final double perPosition; // the row of each table of positions

  /// The count of `config` with weights of type `type`, and keys and values of type `cache`.
  ///
  /// @throws ArithmeticException if it is more than can be counted
  /// @throws dev.fader.model.ModelConfigException if models like this are not in that type
  public RunningCount(ModelConfig config, WeightType type, DType cache) {
    this.config = config;
    this.cache = cache;
    this.weights = WeightBytes.of(config, type);
    var reading = ActivationMemory.reading(config, BLOCK);
    double wanted = (double) BLOCK * config.width() + config.vocabularySize();
    this.fixed = reading.inference() + Float.BYTES * wanted + PROGRAM;
    this.perPosition = (double) reading.positions() / BLOCK;
  }

  /// The model.
  public ModelConfig config() {
    return config;
  }

  /// The weights.
  public WeightBytes weights() {
    return weights;
  }

  /// The need with room for `context` tokens.
  public RunningMemory memory(long context) {
    return new RunningMemory(
        weights.all(),
        RunningMemory.cacheBytes(config, cache, context),
        fixed + perPosition * context);
  }

  /// The longest context that `bytes` hold, 0 if not even the weights fit.
  public long longestContext(double bytes) {
    long fits = 0;
    long tooLong = Integer.MAX_VALUE;
    while (tooLong - fits > 1) {
      long middle = (fits + tooLong) / 2;
      if (memory(middle).total() <= bytes) {
        fits = middle;
      } else {
        tooLong = middle;
      }
    }
    return fits;
  }
}
