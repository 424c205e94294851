package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.DecomposedAdapter;
import dev.fader.kernel.Kernels;
import dev.fader.model.Parameters;
import dev.fader.tensor.TensorArena;

/// Adapters that begin.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class NewAdapter {
  private NewAdapter() {}

  /// What an adapter is made with.
  ///
  /// @param kernels that measure the model's weights
  /// @param values the memory of its numbers; if the arena only counts, nothing is computed
  /// @param gradients of what is learned
  public record Means(Kernels kernels, TensorArena values, TensorArena gradients) {}

  /// An adapter of `base` with the numbers that peft begins with, drawn from `seed`. Nothing in the
  /// model's results changes at first, unless the configuration asks for random numbers.
  ///
  /// @throws AdapterException if the configuration does not fit the model, or a target matches
  ///   nothing
  public static LoadedAdapter begin(AdapterConfig config, Parameters base, Means means, long seed) {
    if (config.method() instanceof PromptMethod prompt && prompt.encoder().isPresent()) {
      throw new AdapterException(
          "the encoder of P-tuning cannot be trained here: train virtual tokens with PROMPT_TUNING");
    }
    if (config.method() instanceof OftMethod rotation && rotation.constraint() > 0) {
      throw new AdapterException("OFT with `coft` cannot be trained: leave it out");
    }
    var numbers = new RecordedNumbers(new NewNumbers(base, means.values, means.gradients, seed));
    var built = new AdapterBuilder(config, new BaseModules(base.config()), numbers, true).build();
    if (numbers.isReal()) {
      built
          .adapter()
          .projections()
          .forEach((module, adapter) -> {
            if (adapter instanceof DecomposedAdapter decomposed) {
              setLengths(decomposed, base, module, means.kernels);
            }
          });
    }
    return new LoadedAdapter(config, built, numbers.given(), numbers.orders());
  }

  /// The lengths that are learned begin as those of the changed weight.
  private static void setLengths(
      DecomposedAdapter adapter, Parameters base, String module, Kernels kernels) {
    adapter.measure(kernels, base.projection(module));
    adapter.magnitude().value().copyFrom(adapter.norms());
  }
}
