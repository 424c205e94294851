package dev.fader.inspect.count;

import dev.fader.inspect.count.ParameterCount.Component;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a model is made of. Three totals are kept apart, as they differ where something is shared,
/// kept besides, or chosen among.
///
/// @param components parameters by component: what is tied or shared counts once
/// @param layers the same of each layer
/// @param entries the parameters, in the order of the table
/// @param stored numbers that the file holds: a head that is stored twice, and tables such as
///   `rope_freqs`, which nobody learns, too
/// @param active parameters that one token uses: of experts, the chosen ones
public record ModelCount(
    Map<Component, Long> components,
    List<Map<Component, Long>> layers,
    List<Entry> entries,
    long stored,
    long active) {
  /// One parameter.
  public record Entry(String name, Shape shape) {
    /// How many numbers it is.
    public long elements() {
      return shape.elements();
    }
  }

  public ModelCount {
    components = ordered(components);
    layers = layers.stream().map(ModelCount::ordered).toList();
    entries = List.copyOf(entries);
  }

  private static Map<Component, Long> ordered(Map<Component, Long> counts) {
    var ordered = new EnumMap<Component, Long>(Component.class);
    ordered.putAll(counts);
    return Collections.unmodifiableMap(ordered);
  }

  /// Far more than any model has. A configuration alone has no file whose length bounds it.
  private static final long MOST_EXPERTS = 1_000_000;

  /// The count of what `config` describes, stored without anything besides.
  ///
  /// @throws ModelConfigException if it describes more parameters than can be counted
  public static ModelCount of(ModelConfig config) {
    long experts = config.feedForward().experts().map(some -> (long) some.count()).orElse(0L);
    if (experts * config.layers() > MOST_EXPERTS) {
      throw new ModelConfigException(
          "%d experts in each of %d layers are more than are counted: no more than %d in all"
              .formatted(experts, config.layers(), MOST_EXPERTS));
    }
    try {
      return counted(config);
    } catch (ArithmeticException | IllegalArgumentException tooLarge) {
      throw new ModelConfigException("this model has more parameters than can be counted");
    }
  }

  private static ModelCount counted(ModelConfig config) {
    var specs = ParameterLayout.of(config);
    var count = ParameterCount.of(config, specs);
    var byLayer = new TreeMap<Integer, List<ParameterSpec>>();
    var entries = new ArrayList<Entry>();
    for (var spec : specs) {
      entries.add(new Entry(spec.name(), spec.shape()));
      if (spec.role().inLayer()) {
        byLayer.computeIfAbsent(spec.layer(), _ -> new ArrayList<>()).add(spec);
      }
    }
    var layers =
        byLayer.values().stream().map(layer -> ParameterCount.of(config, layer).unique()).toList();
    return new ModelCount(count.unique(), layers, entries, count.total(), count.active());
  }

  /// All that training changes.
  public long trainable() {
    return ParameterCount.sum(components);
  }

  /// The same with what a file was found to hold.
  ModelCount withStored(long elements) {
    return new ModelCount(components, layers, entries, elements, active);
  }
}
