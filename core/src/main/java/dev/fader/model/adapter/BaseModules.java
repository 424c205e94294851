package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.format.FormatException;
import dev.fader.format.Spelling;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import dev.fader.model.adapter.BaseModule.Kind;
import dev.fader.model.gguf.GgufArchitecture;
import dev.fader.model.gguf.HuggingFaceTensorWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Predicate;

/// The modules of a model, in the order of its parameter table.
final class BaseModules {
  private final ModelConfig config;
  private final SequencedMap<String, BaseModule> modules = new LinkedHashMap<>();

  BaseModules(ModelConfig config) {
    this.config = config;
    var specs = ParameterLayout.of(config);
    var biases = new HashMap<String, ParameterSpec>();
    for (var spec : specs) {
      if (spec.bias()) {
        biases.put(spec.module(), spec);
      }
    }
    for (var spec : specs) {
      if (!spec.bias()) {
        add(spec.module(), Kind.of(spec.role()), spec, biases);
      }
    }
    if (config.embedding().tied() && config.names().has(Role.HEAD)) {
      String head = config.names().name(Role.HEAD, 0, 0, false);
      add(head.substring(0, head.lastIndexOf('.')), Kind.TIED_HEAD, embedding().weight(), biases);
    }
  }

  private void add(
      String name, Kind kind, ParameterSpec weight, Map<String, ParameterSpec> biases) {
    modules.put(name, new BaseModule(name, kind, weight, Optional.ofNullable(biases.get(name))));
  }

  ModelConfig config() {
    return config;
  }

  /// The order of the outputs of a module in memory, if it is another than in transformers.
  Optional<RowOrder> order(BaseModule module) {
    return order(module.weight());
  }

  /// The order of the outputs of a weight or bias, if it is another than in transformers: GGUF
  /// files of some families have rotary pairs side by side.
  Optional<RowOrder> order(ParameterSpec spec) {
    boolean rotated = spec.role() == Role.QUERY || spec.role() == Role.KEY;
    return rotated && hasPairsTogether()
        ? Optional.of(RowOrder.paired(spec.shape().size(0), config.attention().headSize()))
        : Optional.empty();
  }

  private boolean hasPairsTogether() {
    return config.positions() instanceof Positions.Rotary rotary
        && rotary.interleaved()
        && HuggingFaceTensorWriter.layout(config).positions() instanceof Positions.Rotary apart
        && !apart.interleaved();
  }

  /// The order of the numbers of so many rows of keys and values of each layer, if it is another
  /// than in transformers.
  Optional<RowOrder> prefixOrder(int rows) {
    var attention = config.attention();
    return hasPairsTogether()
        ? Optional.of(
            RowOrder.prefix(
                Math.multiplyExact(rows, config.layers()),
                attention.keyValueWidth(),
                attention.headSize()))
        : Optional.empty();
  }

  /// Whether the weights of norms have the offset in them that transformers adds.
  boolean shiftsNorms() {
    return config.norm().weightOffset() == 0
        && GgufArchitecture.find(config).isPresent()
        && HuggingFaceTensorWriter.layout(config).norm().weightOffset() != 0;
  }

  Collection<BaseModule> all() {
    return modules.values();
  }

  Optional<BaseModule> find(String name) {
    return Optional.ofNullable(modules.get(name));
  }

  /// The embedding of the tokens.
  BaseModule embedding() {
    return modules.values().stream()
        .filter(module -> module.kind() == Kind.EMBEDDING)
        .findFirst()
        .orElseThrow();
  }

  /// The modules that `targets` select.
  ///
  /// @param usual the names that [ModuleSelection.Usual] stands for
  /// @param strict whether each name must match something, not only one of them
  /// @param whole names of modules that are learned whole, which no method changes
  /// @throws AdapterException if nothing matches, with the nearest names
  List<BaseModule> select(Targets targets, List<String> usual, boolean strict, List<String> whole) {
    var wanted = wanted(targets.modules(), usual);
    var excluded = targets.excluded().map(selection -> wanted(selection, usual));
    var found = new ArrayList<BaseModule>();
    boolean layersCount = !(targets.modules() instanceof ModuleSelection.Expression);
    for (var module : modules.values()) {
      boolean out =
          excluded.map(selection -> selection.test(module)).orElse(false)
              || isInside(module.name(), whole)
              || (layersCount && !targets.isInLayers(module.name()));
      if (!out && wanted.test(module)) {
        found.add(module);
      }
    }
    requireMatches(targets, usual, strict);
    if (found.isEmpty()) {
      throw new AdapterException(
          "nothing is left of the modules that %s selects: see what is excluded, learned whole, or in other layers"
              .formatted(described(targets.modules(), usual)));
    }
    return found;
  }

  private static boolean isInside(String module, List<String> whole) {
    String rest = module;
    while (true) {
      for (String name : whole) {
        if (rest.equals(name) || rest.endsWith("." + name)) {
          return true;
        }
      }
      int dot = rest.lastIndexOf('.');
      if (dot < 0) {
        return false;
      }
      rest = rest.substring(0, dot);
    }
  }

  /// Whether a selection selects a module.
  static Predicate<BaseModule> wanted(ModuleSelection selection, List<String> usual) {
    return switch (selection) {
      case ModuleSelection.Names(var names) -> module -> isNamed(module.name(), names);
      case ModuleSelection.Usual() -> module -> isNamed(module.name(), usual);
      case ModuleSelection.AllLinear() -> module -> module.kind() == Kind.PROJECTION;
      case ModuleSelection.Expression(var regex) -> {
        var pattern = new NamePattern(regex);
        yield module -> pattern.matches(module.name());
      }
    };
  }

  private static boolean isNamed(String module, List<String> names) {
    for (String name : names) {
      if (module.equals(name) || module.endsWith("." + name)) {
        return true;
      }
    }
    return false;
  }

  private void requireMatches(Targets targets, List<String> usual, boolean strict) {
    switch (targets.modules()) {
      case ModuleSelection.Names(var names) -> {
        if (names.isEmpty()) {
          throw new AdapterException("`target_modules` is an empty list: name the modules");
        }
        requireMatches(names, strict);
      }
      case ModuleSelection.Usual() -> requireMatches(usual, false);
      case ModuleSelection.AllLinear() -> {}
      case ModuleSelection.Expression(var regex) -> {
        var pattern = new NamePattern(regex);
        if (modules.keySet().stream().noneMatch(pattern::matches)) {
          throw new AdapterException(
              "the expression %s matches no module of this %s model; one is called '%s', and the whole name must match"
                  .formatted(FormatException.quoted(regex), config.family(), example()));
        }
      }
    }
  }

  private String example() {
    return modules.values().stream()
        .filter(module -> module.kind() == Kind.PROJECTION)
        .findFirst()
        .map(BaseModule::name)
        .orElse("");
  }

  private void requireMatches(List<String> names, boolean strict) {
    var lost = names.stream().filter(this::matchesNothing).toList();
    if (lost.isEmpty() || (!strict && lost.size() < names.size())) {
      return;
    }
    String name = lost.getFirst();
    var known = new LinkedHashSet<String>();
    for (var module : modules.keySet()) {
      known.add(module.substring(module.lastIndexOf('.') + 1));
    }
    var nearest = Spelling.nearest(known, candidate -> Spelling.edits(name, candidate));
    throw new AdapterException(
        "the target %s matches no module of this %s model; the nearest are %s"
            .formatted(FormatException.quoted(name), config.family(), String.join(", ", nearest)));
  }

  private boolean matchesNothing(String name) {
    return modules.keySet().stream().noneMatch(module -> isNamed(module, List.of(name)));
  }

  private static String described(ModuleSelection selection, List<String> usual) {
    return switch (selection) {
      case ModuleSelection.Names(var names) -> String.join(", ", names);
      case ModuleSelection.Usual() -> String.join(", ", usual);
      case ModuleSelection.AllLinear() -> ModuleSelection.ALL_LINEAR;
      case ModuleSelection.Expression(var regex) -> "'" + regex + "'";
    };
  }

  /// The modules whose name, or that of a module around them, ends with one of `names`: those that
  /// are learned whole.
  List<BaseModule> endingWith(List<String> names) {
    var found = new ArrayList<BaseModule>();
    for (var module : modules.values()) {
      String rest = module.name();
      boolean ends = false;
      while (!ends && !rest.isEmpty()) {
        ends = names.stream().anyMatch(rest::endsWith);
        rest = rest.substring(0, Math.max(0, rest.lastIndexOf('.')));
      }
      if (ends) {
        found.add(module);
      }
    }
    return found;
  }
}
