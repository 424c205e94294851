package dev.fader.inspect.plan;

import dev.fader.model.ModelConfig;
import dev.fader.tensor.DType;

/// The memory that a model takes while it writes one sequence, in bytes.
///
/// @param weights all of them, as [WeightType] says
/// @param cache keys and values of the whole context
/// @param working activations of a block of the prompt, logits, the table of positions, and the
///   program
public record RunningMemory(double weights, double cache, double working) {
  /// All of it.
  public double total() {
    return weights + cache + working;
  }

  /// Bits that one number of this type takes, its share of scales included.
  public static double bits(DType type) {
    return 8.0 * type.bytesPerBlock() / type.blockSize();
  }

  /// What the cache takes for one token more, while no window is full: of latent attention the
  /// latent and the rotated columns, else keys and values of all their heads.
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

  /// What it takes for `context` tokens: a layer with a window keeps no more than the window.
  public static double cacheBytes(ModelConfig config, DType type, long context) {
    double rows = 0;
    for (int window : config.attention().windows()) {
      rows += window == 0 ? context : Math.min(window, context);
    }
    return rows * perLayer(config) * bits(type) / 8;
  }
}
