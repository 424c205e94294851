package dev.fader.train;

import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.Intervention;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Place;
import dev.fader.model.Site;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/// Says when a layer is about to run, and when its gradients are complete, so that layers can take
/// turns with memory. Layers that share their parameters are one.
///
/// Layers are counted as their gradients are complete, the last first.
///
/// @param before with the number of a layer that is about to run
/// @param after with the number of a layer whose backward pass is over
record LayersInTurn(ModelConfig model, IntConsumer before, IntConsumer after)
    implements Intervention {
  @Override
  public Variable at(Tape tape, Variable x, Place place) {
    boolean begins =
        place.site() == Site.RESIDUAL
            && place.layer() < model.layers()
            && place.layer() % model.sharedLayers() == 0;
    if (!begins) {
      return x;
    }
    int number = number(model, place.layer());
    return tape.pass(x, () -> before.accept(number), () -> after.accept(number));
  }

  private static int number(ModelConfig model, int layer) {
    return (model.layers() - 1 - layer) / model.sharedLayers();
  }

  /// How many layers there are.
  static int count(ModelConfig model) {
    return model.layers() / model.sharedLayers();
  }

  /// The numbers of the entries of each layer, and of those outside, which take no turns.
  static List<List<Integer>> units(List<ParameterSpec> entries, ModelConfig model) {
    var units = new ArrayList<List<Integer>>();
    for (int layer = 0; layer < count(model); layer++) {
      units.add(new ArrayList<>());
    }
    var outside = new ArrayList<Integer>();
    for (int entry = 0; entry < entries.size(); entry++) {
      var spec = entries.get(entry);
      var unit = Parameters.isInTurn(spec) ? units.get(number(model, spec.layer())) : outside;
      unit.add(entry);
    }
    units.add(outside);
    return units;
  }
}
