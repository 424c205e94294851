package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfigException;
import dev.fader.model.ParameterNames;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// All supported families. To add one, see `docs/adding-a-model.md`.
public final class Families {
  private static final List<Family> ALL =
      List.of(
          new GptFamily(),
          new Gpt2Family(),
          new OptFamily(),
          new LlamaFamily(),
          new MistralFamily(),
          new Qwen2Family(),
          new Qwen3Family(),
          new Gemma2Family(),
          new Gemma3Family(),
          new Phi3Family(),
          new Olmo2Family(),
          new GraniteFamily(),
          new SmolLm3Family(),
          new StarCoder2Family(),
          new MixtralFamily(),
          new Qwen3MoeFamily(),
          new GptOssFamily(),
          new DeepSeekV2Family(),
          new DeepSeekV3Family());

  /// Rows of OPT's table of positions before that of the first.
  public static final int OPT_FIRST_POSITION = OptFamily.FIRST_POSITION;

  private Families() {}

  static Optional<Family> find(String name) {
    return ALL.stream().filter(family -> family.name().equals(name)).findFirst();
  }

  /// The family that a file names.
  ///
  /// @throws FormatException if it is unknown
  static Family read(ConfigFields config) throws FormatException {
    String name =
        config.text("model_type").orElseThrow(() -> config.wrong("model_type", "is missing"));
    return find(name)
        .orElseThrow(() ->
            config.wrong(
                "model_type",
                "%s is not known; known are %s".formatted(FormatException.quoted(name), known())));
  }

  /// The names of a family's parameters.
  ///
  /// @throws ModelConfigException if it is unknown
  public static ParameterNames names(String family) {
    return find(family)
        .map(Family::names)
        .orElseThrow(() ->
            new ModelConfigException(
                "the family '%s' is not known; known are %s".formatted(family, known())));
  }

  private static String known() {
    return ALL.stream().map(Family::name).collect(Collectors.joining(", "));
  }
}
