package dev.fader.model;

import dev.fader.adapter.Adapter;
import dev.fader.adapter.AdapterException;
import dev.fader.adapter.ExpertAdapter;
import dev.fader.adapter.ModelAdapter;
import dev.fader.grad.ExpertLowRank;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Where the adapters of a parameter table stand: beside which of its entries, and beside the
/// experts of which layer; with the parameters that no entry of the table holds.
final class AdapterPlaces {
  private final List<ModelAdapter> adapters;
  private final Map<Place, List<Adapter>> beside = new HashMap<>();
  private final Map<Integer, List<ExpertPlace>> experts = new HashMap<>(); // by layer
  private final SequencedMap<ParameterSpec, Variable> added = new LinkedHashMap<>();

  private record Place(Role role, int layer) {}

  /// An adapter of a parameter of all experts: that of gate and up, or of down.
  private record ExpertPlace(boolean down, ExpertAdapter adapter) {}

  private AdapterPlaces(List<ModelAdapter> adapters) {
    this.adapters = List.copyOf(adapters);
  }

  /// The places of `adapters` in a table of `specs`.
  ///
  /// @throws AdapterException if one names a module or a layer that the table does not have
  static AdapterPlaces of(List<ParameterSpec> specs, List<ModelAdapter> adapters) {
    var places = new AdapterPlaces(adapters);
    if (adapters.isEmpty()) {
      return places;
    }
    var modules = new HashMap<String, ParameterSpec>();
    for (var spec : specs) {
      if (!spec.bias()) {
        modules.put(spec.module(), spec);
      }
    }
    for (var adapter : adapters) {
      adapter
          .projections()
          .forEach(
              (module, one) -> places.put(module, Optional.ofNullable(modules.get(module)), one));
      adapter.experts().forEach((name, one) -> places.put(name, one, specs));
      places.addParameters(adapter, modules);
    }
    return places;
  }

  private void put(String module, Optional<ParameterSpec> found, Adapter adapter) {
    var spec =
        found.orElseThrow(() ->
            new AdapterException(
                "the adapter changes '%s', which this model does not have: is it for another model?"
                    .formatted(module)));
    beside
        .computeIfAbsent(new Place(spec.role(), spec.layer()), place -> new ArrayList<>())
        .add(adapter);
  }

  private void put(String name, ExpertAdapter adapter, List<ParameterSpec> specs) {
    int layer =
        specs.stream()
            .filter(spec -> spec.role().isExpert())
            .mapToInt(ParameterSpec::layer)
            .filter(number -> name.startsWith("model.layers." + number + "."))
            .findFirst()
            .orElseThrow(() ->
                new AdapterException(
                    "the adapter changes the experts '%s', which this model does not have: is it for another model?"
                        .formatted(name)));
    boolean down = name.endsWith("." + ModelAdapter.DOWN);
    experts.computeIfAbsent(layer, place -> new ArrayList<>()).add(new ExpertPlace(down, adapter));
  }

  /// The parameters of an adapter that no entry of the table holds, in the place of their module.
  private void addParameters(ModelAdapter adapter, Map<String, ParameterSpec> modules) {
    adapter
        .parameters()
        .forEach((name, variable) -> {
          if (!adapter.replaced().containsKey(name)) {
            var base =
                adapter.projections().keySet().stream()
                    .filter(module -> name.startsWith(module + "."))
                    .findFirst()
                    .map(modules::get);
            var shape = variable.value().shape();
            var role = base.map(ParameterSpec::role).orElse(Role.HEAD);
            int layer = base.map(ParameterSpec::layer).orElse(0);
            added.put(new ParameterSpec(name, role, layer, 0, shape.rank() < 2, shape), variable);
          }
        });
  }

  /// Adds a parameter that stands on its own.
  void add(String name, Variable variable) {
    added.put(new ParameterSpec(name, Role.HEAD, 0, 0, false, variable.value().shape()), variable);
  }

  List<ModelAdapter> adapters() {
    return adapters;
  }

  /// The parameters that no entry of the table holds.
  SequencedMap<ParameterSpec, Variable> added() {
    return Collections.unmodifiableSequencedMap(added);
  }

  /// The adapters beside a projection, in their order.
  List<Adapter> beside(Role role, int layer) {
    return beside.getOrDefault(new Place(role, layer), List.of());
  }

  boolean changesExperts(int layer) {
    return experts.containsKey(layer);
  }

  /// What adapters add to a projection of the experts of a layer. Gate and up stand one behind the
  /// other in one parameter of an adapter, where the model has two.
  ///
  /// @param outputs of the projection
  List<ExpertLowRank> expertChanges(Tape tape, Role role, int layer, int outputs) {
    var changes = new ArrayList<ExpertLowRank>();
    for (var place : experts.getOrDefault(layer, List.of())) {
      if (place.down == (role == Role.EXPERT_DOWN)) {
        var one = place.adapter;
        int first = role == Role.EXPERT_UP ? outputs : 0;
        changes.add(
            new ExpertLowRank(one.down(), one.arranged(tape), one.experts(), first, one.scale()));
      }
    }
    return changes;
  }
}
