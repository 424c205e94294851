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

/// The parameters of a model by component. There are three totals, which differ if parameters are
/// tied, stored twice, or selected by a router.
///
/// @param components parameters by component; tied and shared ones count once
/// @param layers the same for each layer
/// @param entries the parameters, in the order of the table
/// @param stored numbers in the file, including a head that is stored twice and tables such as
///   `rope_freqs`, which are not learned
/// @param active parameters that one token uses: of experts, the selected ones
public record ModelCount(
    Map<Component, Long> components,
    List<Map<Component, Long>> layers,
    List<Entry> entries,
    long stored,
    long active) {
  /// One parameter.
  public record Entry(String name, Shape shape) {
    /// Its number of elements.
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

  /// A limit for a configuration without weights, above any model.
  private static final long MOST_EXPERTS = 1_000_000;

  /// The count of the model that `config` describes.
  ///
  /// @throws ModelConfigException if the count overflows
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

  /// The number of trainable parameters.
  public long trainable() {
    return ParameterCount.sum(components);
  }

  /// A copy with the number of elements found in a file.
  ModelCount withStored(long elements) {
    return new ModelCount(components, layers, entries, elements, active);
  }
}
