package dev.fader.model.adapter;

import dev.fader.model.ModelConfig;

/// The number of parameters that an adapter learns, by arithmetic.
public final class AdapterCount {
  private AdapterCount() {}

  /// As peft 0.21 counts the trainable ones.
  ///
  /// @throws dev.fader.adapter.AdapterException if the configuration does not fit the model
  public static long of(AdapterConfig config, ModelConfig model) {
    long learned = AdapterLayout.of(config, new BaseModules(model), false).learnedElements();
    return config.method() instanceof PromptMethod prompt && prompt.encoder().isPresent()
        ? learned + prompt.encoder().get().count(model.width())
        : learned;
  }
}
