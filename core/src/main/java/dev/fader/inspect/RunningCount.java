package dev.fader.inspect;

import dev.fader.model.ModelConfig;
import dev.fader.tensor.DType;

/// What running a model takes, counted once for weights of every type, for every context and every
/// device.
public final class RunningCount {
  /// As sessions read prompts.
  private static final int BLOCK = 256;

  private static final double PROGRAM = 300e6;

  private final ModelConfig config;
  private final DType cache;
  private final WeightNumbers weights;
  private final WeightNumbers passed;
  private final double fixed; // working memory of any context
  private final double perPosition; // the row of each table of positions

  /// The count of `config` with keys and values of type `cache`.
  ///
  /// @throws ArithmeticException if it is more than can be counted
  public RunningCount(ModelConfig config, DType cache) {
    this.config = config;
    this.cache = cache;
    this.weights = WeightNumbers.of(config);
    this.passed = WeightNumbers.passed(config);
    var reading = ActivationMemory.reading(config, BLOCK);
    double wanted = (double) BLOCK * config.width() + config.vocabularySize();
    this.fixed = reading.inference() + Float.BYTES * wanted + PROGRAM;
    this.perPosition = (double) reading.positions() / BLOCK;
  }

  /// The model.
  public ModelConfig config() {
    return config;
  }

  /// The bytes of all weights.
  public double weightBytes(DType type) {
    return weights.bytes(type);
  }

  /// The bytes of the weights that one token passes: of experts the chosen ones, of a table of
  /// embeddings that is no head nothing to speak of.
  public double bytesPerToken(DType type) {
    return passed.bytes(type);
  }

  /// The need with weights of this type and room for `context` tokens.
  public RunningMemory memory(DType type, long context) {
    return new RunningMemory(
        weightBytes(type),
        RunningMemory.cacheBytes(config, cache, context),
        fixed + perPosition * context);
  }

  /// The longest context that `bytes` hold, 0 if not even the weights fit.
  public long longestContext(DType type, double bytes) {
    long fits = 0;
    long tooLong = Integer.MAX_VALUE;
    while (tooLong - fits > 1) {
      long middle = (fits + tooLong) / 2;
      if (memory(type, middle).total() <= bytes) {
        fits = middle;
      } else {
        tooLong = middle;
      }
    }
    return fits;
  }
}
