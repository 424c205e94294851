package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.DecomposedAdapter;
import dev.fader.kernel.Kernels;
import dev.fader.model.Parameters;
import dev.fader.tensor.TensorArena;
import java.util.Optional;

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
    return begin(config, base, means, new Source(seed, Optional.empty()));
  }

  /// Where initial numbers come from.
  ///
  /// @param seed of what is drawn at random
  /// @param original of LoftQ: the model before it was quantised, whose numbers the adapter brings
  ///   nearer
  public record Source(long seed, Optional<Parameters> original) {}

  /// The same, also for LoftQ, which needs the original.
  ///
  /// @throws AdapterException if the original is missing, or that of another model, too
  public static LoadedAdapter begin(
      AdapterConfig config, Parameters base, Means means, Source source) {
    var lora =
        config.method() instanceof LoraMethod method
            ? Optional.of(method)
            : Optional.<LoraMethod>empty();
    var init = lora.map(LoraMethod::init).orElse(LoraInit.USUAL);
    if (init.kind() == LoraInit.Kind.LOFTQ && source.original.isEmpty()) {
      throw new AdapterException(
          "LoftQ begins with what quantisation lost, and needs the model before it: name the original");
    }
    if (config.method() instanceof OftMethod rotation && rotation.constraint() > 0) {
      throw new AdapterException("OFT with `coft` cannot be trained: leave it out");
    }
    var numbers =
        new RecordedNumbers(new NewNumbers(base, means.values, means.gradients, source.seed));
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
    var made = new LoadedAdapter(config, built, numbers.given(), numbers.orders());
    if (numbers.isReal() && init.followsFromWeights()) {
      new WeightFactors(init, source.seed, means.kernels, means.values.memory())
          .begin(made, base, source.original);
    }
    return made;
  }

  /// The lengths that are learned begin as those of the changed weight.
  private static void setLengths(
      DecomposedAdapter adapter, Parameters base, String module, Kernels kernels) {
    adapter.measure(kernels, base.projection(module));
    adapter.magnitude().value().copyFrom(adapter.norms());
  }
}
