package dev.fader.inspect.count;

import dev.fader.format.FormatException;
import dev.fader.format.JsonResource;
import dev.fader.model.ModelConfig;
import dev.fader.model.family.HuggingFaceConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.node.ObjectNode;

/// A model of the catalogue, with its source.
///
/// @param name for look-up, in lower case
/// @param title for display
/// @param published whether its architecture is public; else `totals` are estimates of others
/// @param source of the numbers
/// @param date of publication, `2024-04-18`
/// @param aliases other names
/// @param totals the number of parameters according to its authors, or the estimates
/// @param active how many a token uses, if known
/// @param note for display, may be empty
/// @param config its `config.json`, empty for estimates
public record PublishedModel(
    String name,
    String title,
    boolean published,
    String source,
    String date,
    List<String> aliases,
    Optional<Range> totals,
    OptionalLong active,
    String note,
    Optional<ObjectNode> config) {
  /// The bounds of an estimate, equal if the number is exact.
  public record Range(long from, long to) {}

  public PublishedModel {
    aliases = List.copyOf(aliases);
    config = config.map(ObjectNode::deepCopy);
  }

  static PublishedModel of(ObjectNode entry) {
    var aliases = entry.path("aliases").valueStream().map(alias -> alias.stringValue()).toList();
    return new PublishedModel(
        JsonResource.text(entry, "name"),
        JsonResource.text(entry, "title"),
        JsonResource.text(entry, "status").equals("published"),
        JsonResource.text(entry, "source"),
        JsonResource.text(entry, "date"),
        aliases,
        range(entry),
        JsonResource.optionalNumber(entry, "active"),
        JsonResource.optionalText(entry, "note").orElse(""),
        entry.has("config")
            ? Optional.of((ObjectNode) entry.required("config"))
            : Optional.empty());
  }

  private static Optional<Range> range(ObjectNode entry) {
    var total = JsonResource.optionalNumber(entry, "total");
    if (total.isPresent()) {
      return Optional.of(new Range(total.getAsLong(), total.getAsLong()));
    }
    var from = JsonResource.optionalNumber(entry, "total_from");
    var to = JsonResource.optionalNumber(entry, "total_to");
    return from.isPresent() && to.isPresent()
        ? Optional.of(new Range(from.getAsLong(), to.getAsLong()))
        : Optional.empty();
  }

  @Override
  public Optional<ObjectNode> config() {
    return config.map(ObjectNode::deepCopy);
  }

  /// Its configuration; empty for estimates.
  ///
  /// @throws FormatException if its family is unknown
  public Optional<ModelConfig> model() throws FormatException {
    return config.isEmpty()
        ? Optional.empty()
        : Optional.of(HuggingFaceConfig.read(Path.of(name), config.get()));
  }
}
