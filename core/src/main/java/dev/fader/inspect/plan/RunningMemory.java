package dev.fader.inspect.plan;

import dev.fader.model.ModelConfig;
import dev.fader.tensor.DType;

/// The memory of a model while it generates one sequence, in bytes.
///
/// @param weights all of them, as [WeightType] says
/// @param cache keys and values of the whole context
/// @param working activations of a block of the prompt, logits, the rotary table, and the program
public record RunningMemory(double weights, double cache, double working) {
  /// The total.
  public double total() {
    return weights + cache + working;
  }

  /// Bits per element of this type, including its share of scales.
  public static double bits(DType type) {
    return 8.0 * type.bytesPerBlock() / type.blockSize();
  }

  /// The cache per token while no window is full: for latent attention the latent and the rotated
  /// columns, else keys and values of all heads.
  public static double cacheBytesPerToken(ModelConfig config, DType type) {
    return perLayer(config) * config.layers() * bits(type) / 8;
  }

  private static long perLayer(ModelConfig config) {
    var attention = config.attention();
    return attention
        .latent()
        .map(latent -> (long) latent.keyValueRank() + latent.ropeSize())
        .orElse(2L * attention.keyValueWidth());
  }

  /// The cache for `context` tokens; a layer with a window keeps no more than the window.
  public static double cacheBytes(ModelConfig config, DType type, long context) {
    double rows = 0;
    for (int window : config.attention().windows()) {
      rows += window == 0 ? context : Math.min(window, context);
    }
    return rows * perLayer(config) * bits(type) / 8;
  }
}
