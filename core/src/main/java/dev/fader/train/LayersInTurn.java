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
import java.util.stream.IntStream;

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

  @Override
  public boolean reaches(Site site) {
    return site == Site.RESIDUAL;
  }

  private static int number(ModelConfig model, int layer) {
    return (model.layers() - 1 - layer) / model.sharedLayers();
  }

  /// How many layers there are.
  static int count(ModelConfig model) {
    return model.layers() / model.sharedLayers();
  }

  /// Entries whose gradients are complete together.
  ///
  /// @param layers whose backward passes must be over; if these are all, the whole pass
  /// @param entries their numbers among those that learn
  record Unit(int layers, List<Integer> entries) {}

  /// All entries as one.
  static List<Unit> together(int entries) {
    return List.of(new Unit(0, IntStream.range(0, entries).boxed().toList()));
  }

  /// Each layer, and what is outside of layers, which takes no turns.
  static List<Unit> units(List<ParameterSpec> entries, ModelConfig model) {
    return units(entries, model, 0);
  }

  /// The same with layers together that are small.
  ///
  /// @param least numbers of a unit but the last, which has what is outside
  static List<Unit> units(List<ParameterSpec> entries, ModelConfig model, long least) {
    int layers = count(model);
    var byLayer = new ArrayList<List<Integer>>();
    for (int layer = 0; layer <= layers; layer++) {
      byLayer.add(new ArrayList<>());
    }
    for (int entry = 0; entry < entries.size(); entry++) {
      var spec = entries.get(entry);
      byLayer.get(Parameters.isInTurn(spec) ? number(model, spec.layer()) : layers).add(entry);
    }
    var units = new ArrayList<Unit>();
    var some = new ArrayList<Integer>();
    for (int layer = 0; layer < layers; layer++) {
      some.addAll(byLayer.get(layer));
      long numbers = some.stream().mapToLong(i -> entries.get(i).shape().elements()).sum();
      if (numbers >= least) {
        units.add(new Unit(layer + 1, List.copyOf(some)));
        some.clear();
      }
    }
    some.addAll(byLayer.get(layers));
    units.add(new Unit(layers, List.copyOf(some)));
    return units;
  }
}
