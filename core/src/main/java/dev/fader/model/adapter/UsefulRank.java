package dev.fader.model.adapter;

import dev.fader.model.ModelConfig;
import java.util.Optional;
import java.util.OptionalInt;

/// Up to where a rank is of use: no change of a matrix has a higher one than its smaller side.
public final class UsefulRank {
  private UsefulRank() {}

  /// A line about a rank that is above the smaller side of every matrix that it changes; empty for
  /// others.
  ///
  /// @throws dev.fader.adapter.AdapterException if the configuration does not fit the model
  public static Optional<String> notice(AdapterConfig config, ModelConfig model) {
    var rank = rank(config.method());
    if (rank.isEmpty() || !UsualTargets.hasTargets(config)) {
      return Optional.empty();
    }
    var modules = new BaseModules(model);
    var usual = UsualTargets.of(config, model);
    long most = 0;
    String sides = "";
    for (var module :
        modules.select(config.targets(), usual, false, config.learnedWhole().modules())) {
      long smaller = Math.min(module.inputs(model), module.outputs(model));
      int own =
          config.method() instanceof LoraMethod lora
              ? lora.ranks().rank(module.name())
              : rank.getAsInt();
      if (own <= smaller) {
        return Optional.empty();
      }
      if (smaller > most) {
        most = smaller;
        sides = "%d x %d".formatted(module.outputs(model), module.inputs(model));
      }
    }
    return Optional.of(
        "rank %d is above the smaller side of every matrix that it changes (at most %d, of %s): more than that learns nothing more"
            .formatted(rank.getAsInt(), most, sides));
  }

  private static OptionalInt rank(AdapterMethod method) {
    return switch (method) {
      case LoraMethod lora -> OptionalInt.of(lora.ranks().rank());
      case AdaLoraMethod allocated -> OptionalInt.of(allocated.budget().firstRank());
      default -> OptionalInt.empty();
    };
  }
}
