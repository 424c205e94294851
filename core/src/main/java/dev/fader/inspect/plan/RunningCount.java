package dev.fader.inspect.plan;

import dev.fader.model.Decoder;
import dev.fader.model.ModelConfig;
import dev.fader.model.convert.WeightType;
import dev.fader.tensor.DType;

/// The memory of running a model, computed once for every context length and device.
public final class RunningCount {
  static final double PROGRAM = 300e6;

  private final ModelConfig config;
  private final DType cache;
  private final boolean repack;
  private final WeightBytes weights;
  private final double fixed; // working memory of any context
  private final double perRow; // of all rotary tables

  /// The memory of `config` with weights of type `type`, and keys and values of type `cache`.
  ///
  /// @param repack whether quantised weights are copied, as they are unless something else is asked
  /// @throws ArithmeticException if the sum overflows
  /// @throws dev.fader.model.ModelConfigException if the model cannot have weights of that type
  public RunningCount(ModelConfig config, WeightType type, DType cache, boolean repack) {
    this.config = config;
    this.cache = cache;
    this.repack = repack;
    this.weights = WeightBytes.of(config, type);
    var reading = ActivationMemory.reading(config);
    this.fixed = reading.inference() + (double) Float.BYTES * config.vocabularySize() + PROGRAM;
    this.perRow = (double) reading.positions() / Decoder.rotaryRows(1, config.context());
  }

  /// The model.
  public ModelConfig config() {
    return config;
  }

  /// The weights.
  public WeightBytes weights() {
    return weights;
  }

  /// The memory for a context of `context` tokens.
  public RunningMemory memory(long context) {
    int length = (int) Math.min(context, Integer.MAX_VALUE);
    long rows = Decoder.rotaryRows(length, Math.max(length, config.context()));
    return new RunningMemory(
        weightBytes(length),
        RunningMemory.cacheBytes(config, cache, context),
        fixed + perRow * rows);
  }

  /// A text reads a row of the embedding for each of its tokens.
  private double weightBytes(int length) {
    int rows = Math.min(length, config.vocabularySize());
    return repack ? weights.running() + rows * weights.rowBesideCopy() : weights.all();
  }

  /// The longest context that fits in `bytes`, 0 if the weights do not fit.
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
