package dev.fader.inspect.plan;

import dev.fader.kernel.attention.PageLayout;
import dev.fader.model.KeyValuePages;
import dev.fader.model.ModelConfig;
import dev.fader.tensor.DType;

/// The memory of a model while it generates one sequence, in bytes.
///
/// @param weights all of them, as its type says, of quantised matrices a copy
/// @param cache keys and values of the whole context
/// @param working activations of a pass, logits, the rotary tables, and the program
public record RunningMemory(double weights, double cache, double working) {
  /// The total.
  public double total() {
    return weights + cache + working;
  }

  /// Bits per element of this type, including its share of scales.
  public static double bits(DType type) {
    return 8.0 * type.bytesPerBlock() / type.blockSize();
  }

  /// The cache per token while no window is full.
  public static double cacheBytesPerToken(ModelConfig config, DType type) {
    var pages = new KeyValuePages(config, type);
    return (double) pages.bytes(PageLayout.TOKENS) / PageLayout.TOKENS;
  }

  /// The cache for `context` tokens: whole pages, of layers with a window only those that the
  /// window reaches and a few more.
  public static double cacheBytes(ModelConfig config, DType type, long context) {
    return new KeyValuePages(config, type).bytes(context);
  }
}
