package dev.fader.model.mix;

import dev.fader.adapter.ModelAdapter;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.model.Site;
import dev.fader.model.intervention.Addition;
import dev.fader.model.intervention.Gain;
import dev.fader.model.intervention.Interventions;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/// A mix of one model, ready to compute with. Where nothing is turned there is nothing, so that the
/// model computes what it always does, to the bit.
///
/// @param entries of the parameter table that have other numbers
/// @param flow what changes the numbers that flow
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public record AppliedMix(Optional<ModelAdapter> entries, Optional<Intervention> flow) {
  /// Applies `mix` to the model of a table; gains of adapters are [Mix#adapterGains].
  ///
  /// @param arena for copies of touched tensors, and for factors and vectors
  /// @throws MixException if it turns what the model does not have
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for the copies
  public static AppliedMix of(Mix mix, Parameters table, TensorArena arena) {
    var interventions = flow(mix, table.config(), arena);
    var replaced = MixedEntries.of(mix, table, arena);
    return new AppliedMix(
        replaced.isEmpty()
            ? Optional.empty()
            : Optional.of(ModelAdapter.of(new LinkedHashMap<>()).withReplaced(replaced)),
        interventions.isEmpty() ? Optional.empty() : Optional.of(new Interventions(interventions)));
  }

  private static List<Intervention> flow(Mix mix, ModelConfig config, TensorArena arena) {
    var interventions = new ArrayList<Intervention>();
    MixFactors.of(mix, config)
        .places()
        .forEach(
            (place, factors) -> interventions.add(new Gain(place, 0, variable(factors, arena))));
    for (var steering : mix.steerings()) {
      if (steering.vector().size() != config.width()) {
        throw new MixException(
            "the steering vector for layers %s has %d numbers, and this model is %d wide"
                .formatted(steering.layers(), steering.vector().size(), config.width()));
      }
      var row = variable(steering.vector(), arena);
      for (int layer : steering.layers().of(config.layers() + 1, "layer")) {
        interventions.add(new Addition(Site.RESIDUAL.in(layer), row, steering.strength()));
      }
    }
    return interventions;
  }

  private static Variable variable(List<Float> numbers, TensorArena arena) {
    var tensor = arena.floats(numbers.size());
    for (int i = 0; i < numbers.size(); i++) {
      tensor.set(i, numbers.get(i));
    }
    return Variable.fixed(tensor);
  }
}
