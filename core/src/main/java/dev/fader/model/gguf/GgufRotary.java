package dev.fader.model.gguf;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Rotary positions in GGUF files: keys under `rope`, and tensors of factors.
final class GgufRotary {
  /// Factors of the wavelengths (Llama 3.1).
  static final String FACTORS = "rope_freqs.weight";

  static final String SHORT_FACTORS = "rope_factors_short.weight";
  static final String LONG_FACTORS = "rope_factors_long.weight";

  /// The weight of YaRN's logarithmic factor in the scores (DeepSeek).
  static final String LOG_MULTIPLIER = "rope.scaling.yarn_log_multiplier";

  private static final double THETA = 10_000;

  /// Every fourth layer of SmolLM3 has no positions, which its files do not say.
  private static final int NOPE_INTERVAL = 4;

  /// Tolerance for the rounding of factors to float32.
  private static final double SAME = 1e-5;

  private final GgufFile file;
  private final ArchitectureMetadata keys;
  private final GgufArchitecture architecture;
  private final int context;

  GgufRotary(GgufFile file, ArchitectureMetadata keys, GgufArchitecture architecture, int context) {
    this.file = file;
    this.keys = keys;
    this.architecture = architecture;
    this.context = context;
  }

  Positions.Rotary read(ModelConfig.Attention attention, int layers) throws FormatException {
    int headSize = attention.headSize();
    int size = keys.sizeOr("rope.dimension_count", headSize);
    double theta = keys.positiveOr("rope.freq_base", THETA);
    var rotary =
        new Positions.Rotary(theta, scaling())
            .withInterleaved(architecture.interleaved())
            .withSize(size == headSize ? 0 : size);
    if (architecture == GgufArchitecture.GEMMA3) {
      double local = keys.positiveOr("rope.freq_base_swa", THETA);
      return rotary.withWindowRope(new Positions.RopeParameters(local, new RotaryScaling.None()));
    }
    return rotary.withNopeLayers(nopeLayers(architecture, layers));
  }

  /// The layers without positions, which follow from the architecture.
  static Set<Integer> nopeLayers(GgufArchitecture architecture, int layers) {
    var nopeLayers = new HashSet<Integer>();
    if (architecture == GgufArchitecture.SMOLLM3) {
      for (int layer = NOPE_INTERVAL - 1; layer < layers; layer += NOPE_INTERVAL) {
        nopeLayers.add(layer);
      }
    }
    return nopeLayers;
  }

  private RotaryScaling scaling() throws FormatException {
    var factors = factors(FACTORS);
    if (factors.isPresent()) {
      return llama3(factors.get())
          .orElse(new RotaryScaling.Longrope(factors.get(), factors.get(), context, 1));
    }
    int original = keys.sizeOr("rope.scaling.original_context_length", context);
    var longFactors = factors(LONG_FACTORS);
    var shortFactors = factors(SHORT_FACTORS);
    if (longFactors.isPresent() && shortFactors.isPresent()) {
      double attention = keys.positiveOr("rope.scaling.attn_factor", 1);
      return new RotaryScaling.Longrope(shortFactors.get(), longFactors.get(), original, attention);
    }
    double factor = keys.positiveOr("rope.scaling.factor", keys.positiveOr("rope.scale_linear", 1));
    String otherwise = keys.has("rope.scale_linear") ? "linear" : "none";
    String type = keys.text("rope.scaling.type").orElse(otherwise);
    return switch (type) {
      case "none" -> new RotaryScaling.None();
      case "linear" -> factor == 1 ? new RotaryScaling.None() : new RotaryScaling.Linear(factor);
      case "yarn" -> yarn(factor, original);
      default ->
          throw keys.wrong(
              "rope.scaling.type",
              "unknown kind %s; known are none, linear, yarn"
                  .formatted(FormatException.quoted(type)));
    };
  }

  /// DeepSeek includes YaRN's factor in the scale of the scores.
  private RotaryScaling yarn(double factor, int original) throws FormatException {
    int usual = keys.numberOr(LOG_MULTIPLIER, 0) == 0 ? 0 : 1;
    return new RotaryScaling.Yarn(
        factor,
        keys.positiveOr("rope.scaling.yarn_beta_fast", 32),
        keys.positiveOr("rope.scaling.yarn_beta_slow", 1),
        original,
        keys.numberOr("rope.scaling.yarn_attn_factor", usual),
        architecture != GgufArchitecture.GPT_OSS);
  }

  private Optional<List<Double>> factors(String name) throws FormatException {
    if (file.find(name).isEmpty()) {
      return Optional.empty();
    }
    Tensor tensor = file.tensor(name);
    var factors = new ArrayList<Double>();
    for (long i = 0; i < tensor.elements(); i++) {
      double factor = HuggingFaceConfig.decimal(tensor.get(i));
      if (!Double.isFinite(factor) || factor <= 0) {
        throw new FormatException(
            file.path(), "tensor '" + name + "'", "holds " + factor + ", which is not a factor");
      }
      factors.add(factor);
    }
    return Optional.of(factors);
  }

  /// Recognizes the factors of Llama 3.1's rule with its usual bounds, so that they can be written
  /// to a `config.json`.
  private Optional<RotaryScaling> llama3(List<Double> factors) throws FormatException {
    double theta = keys.positiveOr("rope.freq_base", THETA);
    double factor = factors.stream().mapToDouble(f -> f).max().orElse(1);
    for (int original = 1 << 20; original >= 16; original >>= 1) {
      var candidate = new RotaryScaling.Llama3(factor, 1, 4, original);
      if (same(llama3Factors(candidate, theta, factors.size()), factors)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  private static boolean same(List<Double> some, List<Double> others) {
    for (int i = 0; i < some.size(); i++) {
      if (Math.abs(some.get(i) - others.get(i)) > SAME * others.get(i)) {
        return false;
      }
    }
    return true;
  }

  /// The factors of the wavelengths of `pairs` pairs.
  static List<Double> llama3Factors(RotaryScaling.Llama3 scaling, double theta, int pairs) {
    var factors = new ArrayList<Double>();
    for (int i = 0; i < pairs; i++) {
      double frequency = StrictMath.pow(theta, -(double) i / pairs);
      factors.add(frequency / scaling.stretch(frequency));
    }
    return factors;
  }
}
