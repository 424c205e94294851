package dev.fader.serve.model;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.ApiException.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// By which names models are asked for. Immutable.
final class ModelNames {
  private final Map<String, ServedModel> models = new LinkedHashMap<>();

  /// What is asked for by a name.
  ///
  /// @param name of the model, with that of the adapter if one was asked for
  /// @param adapter its index, or -1
  record Named(ServedModel model, String name, int adapter) {
    static Named of(ServedModel model) {
      return new Named(model, model.name(), -1);
    }
  }

  /// @throws IllegalArgumentException if two have the same name
  ModelNames(List<ServedModel> served) {
    for (var model : served) {
      if (models.putIfAbsent(model.name(), model) != null) {
        throw new IllegalArgumentException(
            "two models have the name %s: give one another, as `name=path`"
                .formatted(model.name()));
      }
    }
  }

  /// These and one more.
  ///
  /// @throws IllegalArgumentException if its name is taken
  ModelNames with(ServedModel model) {
    var all = new ArrayList<>(models.values());
    all.add(model);
    return new ModelNames(all);
  }

  List<ServedModel> models() {
    return List.copyOf(models.values());
  }

  /// Of each model, and of each of its adapters behind a colon.
  List<String> all() {
    var names = new ArrayList<String>();
    for (var model : models.values()) {
      names.add(model.name());
      model.adapters().forEach(adapter -> names.add(model.name() + ":" + adapter.name()));
    }
    return names;
  }

  /// The model of exactly this name.
  ///
  /// @throws ApiException if there is none
  ServedModel exact(String name) {
    return Optional.ofNullable(models.get(name))
        .orElseThrow(() -> unknown(name, List.copyOf(models.keySet())));
  }

  /// What a request means. Where only one model is served it has every name, and need not be named.
  ///
  /// @throws ApiException if it must be named, or there is none of this name
  Named find(Optional<String> asked) {
    if (asked.isEmpty() || asked.get().isEmpty()) {
      return Named.of(only());
    }
    var name = asked.get();
    if (models.containsKey(name)) {
      return Named.of(exact(name));
    }
    int colon = name.lastIndexOf(':');
    var owner = Optional.ofNullable(models.get(name.substring(0, Math.max(0, colon))));
    if (owner.isPresent()) {
      return behindColon(owner.get(), name, name.substring(colon + 1));
    }
    if (models.size() == 1) {
      return Named.of(only());
    }
    throw unknown(name, all());
  }

  private Named behindColon(ServedModel model, String name, String tag) {
    for (int i = 0; i < model.adapters().size(); i++) {
      if (model.adapters().get(i).name().equals(tag)) {
        return new Named(model, name, i);
      }
    }
    if (tag.equals("latest")) { // as some clients name what has no tag
      return Named.of(model);
    }
    throw unknown(name, all());
  }

  private ServedModel only() {
    if (models.isEmpty()) {
      throw new ApiException(Kind.NOT_FOUND, "no model is served yet: open one first")
          .at("model")
          .coded("model_not_found");
    }
    if (models.size() > 1) {
      throw ApiException.invalid(
          "model", "`model` is missing: name one of " + String.join(", ", all()));
    }
    return models.values().iterator().next();
  }

  private static ApiException unknown(String name, List<String> names) {
    return new ApiException(
            Kind.NOT_FOUND,
            names.isEmpty()
                ? "there is no model %s: none is served yet, open one first".formatted(shown(name))
                : "there is no model %s: ask for one of %s"
                    .formatted(shown(name), String.join(", ", names)))
        .at("model")
        .coded("model_not_found");
  }

  private static String shown(String name) {
    var printable = name.replaceAll("\\P{Print}", "?");
    return printable.length() > 80 ? printable.substring(0, 80) + "…" : printable;
  }
}
