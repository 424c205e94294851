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

/// A model of the catalogue: what its makers say of it, and where.
///
/// @param name what it is asked for by, in lower case
/// @param title what people call it
/// @param published whether its architecture is public; else `totals` are what others estimate
/// @param source where the numbers are from
/// @param date when it appeared, `2024-04-18`
/// @param aliases other names
/// @param totals the number of parameters that its makers, or the estimates, say
/// @param active how many of them a token uses, where that is said
/// @param note what one should know besides, empty if nothing
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
  /// From a number to a number, which are the same where one is known.
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

  /// What it is, read as any `config.json` is; empty for estimates.
  ///
  /// @throws FormatException if its family is not known
  public Optional<ModelConfig> model() throws FormatException {
    return config.isEmpty()
        ? Optional.empty()
        : Optional.of(HuggingFaceConfig.read(Path.of(name), config.get()));
  }
}
