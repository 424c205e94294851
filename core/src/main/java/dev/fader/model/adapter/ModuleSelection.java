package dev.fader.model.adapter;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Modules of a model by their names, as peft selects them.
public sealed interface ModuleSelection {
  /// The word for all projections of the layers.
  String ALL_LINEAR = "all-linear";

  /// Modules that are called so, or end so behind a dot: `q_proj`, `mlp.c_proj`.
  record Names(List<String> names) implements ModuleSelection {
    public Names {
      names = List.copyOf(names);
    }
  }

  /// Modules whose whole name matches a regular expression.
  record Expression(String regex) implements ModuleSelection {}

  /// All projections of the layers, without the head.
  record AllLinear() implements ModuleSelection {}

  /// Those that peft takes for the method and the family of the model.
  record Usual() implements ModuleSelection {}

  /// The selection that a text of the command line means: `all-linear`, names separated by commas
  /// or plus signs, or a regular expression, recognised by any other sign than those of names.
  static ModuleSelection of(String text) {
    if (text.isBlank()) {
      return new Usual();
    }
    if (text.equalsIgnoreCase(ALL_LINEAR)) {
      return new AllLinear();
    }
    if (text.matches("[\\w.,+ -]+")) {
      return new Names(List.of(text.strip().split("[,+ ]+")));
    }
    return new Expression(text);
  }

  /// Puts it into a configuration.
  default void write(String field, ObjectNode json) {
    switch (this) {
      case Names(var names) -> {
        var array = json.putArray(field);
        names.forEach(array::add);
      }
      case Expression(var regex) -> json.put(field, regex);
      case AllLinear() -> json.put(field, ALL_LINEAR);
      case Usual() -> json.putNull(field);
    }
  }
}
