package dev.fader.model.adapter;

import dev.fader.model.ModelConfig;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Pattern;

/// The number of parameters that an adapter learns, by arithmetic.
public final class AdapterCount {
  private static final Pattern NUMBER = Pattern.compile("\\.\\d+\\.");
  private static final Pattern OF_METHOD =
      Pattern.compile(
          "\\.((lora|ia3|vera|hada|lokr|oft|beft|ln_tuning|token_adapter|trainable|base_layer).*"
              + "|weight|bias)$");

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

  /// So many modules of the same name in different layers.
  ///
  /// @param modules how many there are
  /// @param parameters that are learned in all of them
  public record Part(int modules, long parameters) {}

  /// The same by module, those of all layers together: `model.layers.*.self_attn.q_proj`.
  ///
  /// @throws dev.fader.adapter.AdapterException if the configuration does not fit the model
  public static SequencedMap<String, Part> byModule(AdapterConfig config, ModelConfig model) {
    var modules = new LinkedHashMap<String, Set<String>>();
    var sums = new LinkedHashMap<String, Long>();
    AdapterLayout.of(config, new BaseModules(model), false)
        .entries()
        .forEach((key, entry) -> {
          if (entry.learned()) {
            String module =
                OF_METHOD.matcher(key.replace(AdapterBuilder.PREFIX, "")).replaceFirst("");
            String anywhere = NUMBER.matcher(module).replaceAll(".*.");
            modules.computeIfAbsent(anywhere, some -> new HashSet<>()).add(module);
            sums.merge(anywhere, entry.shape().elements(), Long::sum);
          }
        });
    var parts = new LinkedHashMap<String, Part>();
    modules.forEach(
        (name, some) -> parts.put(name, new Part(some.size(), sums.getOrDefault(name, 0L))));
    return parts;
  }
}
