package dev.fader.inspect.count;

import dev.fader.format.JsonResource;
import dev.fader.format.Spelling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// Published models by name, each with its source; their numbers are computed from the
/// `config.json` as for any other model.
public final class Catalogue {
  private final List<PublishedModel> models;

  private Catalogue(List<PublishedModel> models) {
    this.models = models;
  }

  /// The built-in catalogue.
  public static Catalogue load() {
    return new Catalogue(
        JsonResource.list(Catalogue.class, "catalogue.json", "models").stream()
            .map(PublishedModel::of)
            .toList());
  }

  /// All of them, by maker and age.
  public List<PublishedModel> models() {
    return models;
  }

  /// The model of that name or alias, ignoring case.
  public Optional<PublishedModel> find(String name) {
    var wanted = name.toLowerCase(Locale.ROOT);
    return models.stream().filter(model -> names(model).anyMatch(wanted::equals)).findFirst();
  }

  /// The names most similar to `name`, the most similar first.
  public List<String> nearest(String name) {
    var wanted = plain(name);
    var names = new LinkedHashMap<String, PublishedModel>();
    models.forEach(model -> names.put(model.name(), model));
    return Spelling.nearest(
        names.keySet(), known -> distance(wanted, Objects.requireNonNull(names.get(known))));
  }

  private static Stream<String> names(PublishedModel model) {
    return Stream.concat(Stream.of(model.name()), model.aliases().stream());
  }

  private static int distance(String wanted, PublishedModel model) {
    return names(model).mapToInt(name -> Spelling.edits(wanted, plain(name))).min().orElse(0);
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }
}
