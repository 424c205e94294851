package dev.fader.train.recipe;

import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import dev.fader.train.TrainingException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// Named model sizes. Each step up has about four times the parameters in its layers; the last two
/// are published models.
public enum Preset {
  NANO("nano", Architecture.QWEN3),
  MICRO("micro", Architecture.QWEN3),
  TINY("tiny", Architecture.QWEN3),
  SMALL("small", Architecture.QWEN3),
  BASE("base", Architecture.QWEN3),
  GPT2("gpt2", Architecture.GPT2),
  LLAMA_3_2_1B("llama-3.2-1b", Architecture.LLAMA);

  private final String title;
  private final Architecture architecture;

  Preset(String title, Architecture architecture) {
    this.title = title;
    this.architecture = architecture;
  }

  /// The preset of this name.
  ///
  /// @throws TrainingException if there is none
  public static Preset named(String name) {
    return Arrays.stream(values())
        .filter(preset -> preset.title.equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() ->
            new TrainingException(
                "`preset` '%s' is unknown: choose one of %s".formatted(name, titles())));
  }

  private static String titles() {
    return Arrays.stream(values()).map(Preset::title).collect(Collectors.joining(", "));
  }

  /// Its name.
  public String title() {
    return title;
  }

  /// The architecture.
  public Architecture architecture() {
    return architecture;
  }

  /// Its sizes; the vocabulary is that of the published model, or a usual one.
  public ModelSize size() {
    return switch (this) {
      case NANO -> size(256, 256, 96, 4);
      case MICRO -> size(4096, 256, 192, 4);
      case TINY -> size(4096, 512, 320, 6);
      case SMALL -> size(8192, 512, 512, 8);
      case BASE -> size(32_768, 1024, 768, 12);
      case GPT2 -> new ModelSize(50_257, 1024, 768, 12, 1, 12, 12, 3072, 0, true);
      case LLAMA_3_2_1B -> new ModelSize(128_256, 131_072, 2048, 16, 1, 32, 8, 8192, 0, true);
    };
  }

  private static ModelSize size(int vocabulary, int context, int width, int layers) {
    int heads = width / DefaultSizes.headSize(width);
    int feedForward = Architecture.QWEN3.feedForward(width);
    return new ModelSize(vocabulary, context, width, layers, 1, heads, heads, feedForward, 0, true);
  }

  /// The whole configuration.
  public ModelConfig config() {
    return complete(architecture.config(size()));
  }

  /// Adds this preset's own settings to a configuration of its architecture.
  ModelConfig complete(ModelConfig config) {
    if (this != LLAMA_3_2_1B) {
      return config;
    }
    var norm = config.norm();
    return new ModelConfig(
        config.names(),
        config.vocabularySize(),
        config.context(),
        config.width(),
        config.layers(),
        config.sharedLayers(),
        config.attention(),
        config.feedForward(),
        new ModelConfig.Norm(norm.kind(), 1e-5f, norm.weightOffset(), false),
        new Positions.Rotary(500_000, new RotaryScaling.Llama3(32, 1, 4, 8192)),
        config.embedding(),
        config.specialTokens(),
        config.initializerRange());
  }
}
