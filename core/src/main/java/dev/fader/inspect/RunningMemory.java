package dev.fader.inspect;

import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Role;
import dev.fader.tensor.DType;

/// The memory that a model takes while it writes one sequence, in bytes.
///
/// @param weights matrices in their type, and what has one dimension in float32, as GGUF files do;
///   in float32, float16 and bfloat16 all in that type
/// @param cache keys and values of the whole context
/// @param working activations of a block of the prompt, logits, the table of positions, and the
///   program
public record RunningMemory(double weights, double cache, double working) {
  /// As sessions read prompts.
  private static final int BLOCK = 256;

  private static final double PROGRAM = 300e6;

  /// The need of `config` with weights and cache of these types.
  ///
  /// @param context tokens that there is room for
  public static RunningMemory of(ModelConfig config, DType weights, DType cache, long context) {
    return new RunningMemory(
        weightBytes(config, weights),
        cacheBytes(config, cache, context),
        Working.of(config).bytes(context));
  }

  /// All of it.
  public double total() {
    return weights + cache + working;
  }

  /// Bits that one number of this type takes, its share of scales included.
  public static double bits(DType type) {
    return 8.0 * type.bytesPerBlock() / type.blockSize();
  }

  /// The bytes of all weights.
  public static double weightBytes(ModelConfig config, DType type) {
    double bits = 0;
    for (var spec : ParameterLayout.of(config)) {
      bits += bits(spec, type);
    }
    return bits / 8;
  }

  private static double bits(ParameterSpec spec, DType type) {
    boolean small = spec.bias() || spec.shape().rank() < 2;
    return spec.shape().elements() * (small && type.isQuantized() ? 32 : bits(type));
  }

  /// The bytes of the weights that one token passes: of experts the chosen ones, of a table of
  /// embeddings that is no head nothing to speak of.
  public static double bytesPerToken(ModelConfig config, DType type) {
    double bits = 0;
    for (var spec : ParameterLayout.of(config)) {
      boolean table =
          spec.role() == Role.POSITION_EMBEDDING
              || (spec.role() == Role.TOKEN_EMBEDDING && !config.embedding().tied());
      if (!table) {
        bits += bits(spec, type) * ParameterCount.usedPart(config, spec.role());
      }
    }
    return bits / 8;
  }

  /// What the cache takes for one token more, while no window is full: of latent attention the
  /// latent and the turned columns, else keys and values of all their heads.
  public static double cacheBytesPerToken(ModelConfig config, DType type) {
    return perLayer(config) * config.layers() * bits(type) / 8;
  }

  private static long perLayer(ModelConfig config) {
    var attention = config.attention();
    return attention
        .latent()
        .map(latent -> (long) latent.keyValueRank() + latent.turnedSize())
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

  /// @param perPosition the row of each table of positions
  private record Working(double fixed, double perPosition) {
    static Working of(ModelConfig config) {
      var reading = ActivationMemory.reading(config, BLOCK);
      double wanted = (double) BLOCK * config.width() + config.vocabularySize();
      return new Working(
          reading.inference() + Float.BYTES * wanted + PROGRAM,
          (double) reading.positions() / BLOCK);
    }

    double bytes(long context) {
      return fixed + perPosition * context;
    }
  }

  /// The longest context that `bytes` hold, 0 if not even the weights fit.
  public static long longestContext(ModelConfig config, DType weights, DType cache, double bytes) {
    double fixed = weightBytes(config, weights);
    if (fixed > bytes) {
      return 0;
    }
    var working = Working.of(config);
    long fits = 0;
    long tooLong = Integer.MAX_VALUE;
    while (tooLong - fits > 1) {
      long middle = (fits + tooLong) / 2;
      if (fixed + cacheBytes(config, cache, middle) + working.bytes(middle) <= bytes) {
        fits = middle;
      } else {
        tooLong = middle;
      }
    }
    return fits;
  }
}
