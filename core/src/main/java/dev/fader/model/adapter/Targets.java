package dev.fader.model.adapter;

import dev.fader.format.FormatException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/// The modules that a method changes.
///
/// @param modules those that it may change
/// @param excluded those of them that it does not
/// @param layers the only layers in which it does; none for all; they mean nothing beside a regular
///   expression
/// @param layersPatterns what stands before the number of a layer in names, `h` or `layers`; none
///   for the first number
public record Targets(
    ModuleSelection modules,
    Optional<ModuleSelection> excluded,
    List<Integer> layers,
    List<String> layersPatterns) {
  private static final String MODULES = "target_modules";
  private static final Pattern FIRST_NUMBER = Pattern.compile(".*?\\.[^.]*\\.(\\d+)\\..*");

  public Targets {
    layers = List.copyOf(layers);
    layersPatterns = List.copyOf(layersPatterns);
  }

  /// These modules in all layers.
  public static Targets of(ModuleSelection modules) {
    return new Targets(modules, Optional.empty(), List.of(), List.of());
  }

  static Targets read(AdapterFields fields) throws FormatException {
    return new Targets(
        fields.modules(MODULES).orElseGet(ModuleSelection.Usual::new),
        fields.modules("exclude_modules"),
        fields.integers("layers_to_transform"),
        fields.texts("layers_pattern"));
  }

  void write(ObjectNode json) {
    if (json.has(MODULES)) {
      modules.write(MODULES, json);
    }
    excluded.ifPresent(selection -> selection.write("exclude_modules", json));
    if (!layers.isEmpty()) {
      var array = json.putArray("layers_to_transform");
      layers.forEach(array::add);
    }
    if (!layersPatterns.isEmpty()) {
      var array = json.putArray("layers_pattern");
      layersPatterns.forEach(array::add);
    }
  }

  /// Whether a module's layer is among those wanted.
  boolean isInLayers(String module) {
    if (layers.isEmpty()) {
      return true;
    }
    for (var pattern : layersPatterns.isEmpty() ? List.of("") : layersPatterns) {
      var number =
          pattern.isEmpty()
              ? FIRST_NUMBER
              : Pattern.compile("(?:.*?\\.)?" + Pattern.quote(pattern) + "\\.(\\d+)\\..*");
      var match = number.matcher(module);
      if (match.matches() && match.group(1).length() < 10) {
        return layers.contains(Integer.parseInt(match.group(1)));
      }
    }
    return false;
  }
}
