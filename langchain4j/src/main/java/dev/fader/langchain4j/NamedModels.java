package dev.fader.langchain4j;

import dev.fader.Serving;
import dev.langchain4j.exception.ModelNotFoundException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The models that a chat model speaks for, by their names. Immutable.
///
/// @param byName the first one is the usual one
record NamedModels(Map<String, NamedModel> byName) {
  /// One of them.
  ///
  /// @param strengths of the adapters that its texts use, one for each that there is to choose from
  record NamedModel(String name, Serving serving, List<Float> strengths) {
    NamedModel {
      if (strengths.size() != serving.choices()) {
        throw new IllegalArgumentException(
            "%d strengths for the %d adapters that model '%s' chooses from: give one for each, 0 for one that is not used"
                .formatted(strengths.size(), serving.choices(), name));
      }
      strengths = List.copyOf(strengths);
    }
  }

  NamedModels {
    byName = new LinkedHashMap<>(byName);
    if (byName.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no model: name one with model(name, LanguageModel.open(path).serve())");
    }
  }

  /// The name of the usual one.
  String usual() {
    return byName.keySet().iterator().next();
  }

  /// The model of this name.
  NamedModel named(String name) {
    var found = byName.get(name);
    if (found == null) {
      throw new ModelNotFoundException(
          "there is no model '%s', but %s".formatted(name, String.join(", ", byName.keySet())));
    }
    return found;
  }
}
