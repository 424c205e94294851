package dev.fader.app.hub;

import java.util.Optional;
import java.util.regex.Pattern;

/// A model of the hub: `owner/name`, or `owner/name:selection` for one file or quantisation of it.
///
/// @param owner who published it
/// @param name the name of the repository
/// @param selection a file in it, or a quantisation such as `Q4_K_M`
public record ModelName(String owner, String name, Optional<String> selection) {
  /// What the hub allows. It also makes every part a plain name of a folder.
  private static final Pattern PART =
      Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?");

  public ModelName {
    if (!isPart(owner) || !isPart(name)) {
      throw new IllegalArgumentException(
          "'%s/%s' is not a model name of the hub: write owner/name".formatted(owner, name));
    }
    if (selection.isPresent() && !RepositoryPath.isPlain(selection.get())) {
      throw new IllegalArgumentException(
          "'%s' is neither a file nor a quantisation of a model: write, say, %s/%s:Q4_K_M"
              .formatted(selection.get(), owner, name));
    }
  }

  /// Reads `owner/name` or `owner/name:selection`.
  ///
  /// @throws IllegalArgumentException if it is no such name
  public static ModelName parse(String text) {
    int colon = text.indexOf(':');
    var repository = colon < 0 ? text : text.substring(0, colon);
    int slash = repository.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException(
          "'%s' is not a model name of the hub: write owner/name".formatted(text));
    }
    return new ModelName(
        repository.substring(0, slash),
        repository.substring(slash + 1),
        colon < 0 ? Optional.empty() : Optional.of(text.substring(colon + 1)));
  }

  /// Whether `text` is written like a model of the hub.
  public static boolean isLike(String text) {
    try {
      parse(text);
      return true;
    } catch (IllegalArgumentException other) {
      return false;
    }
  }

  private static boolean isPart(String part) {
    return PART.matcher(part).matches() && !part.contains("--") && !part.contains("..");
  }

  /// `owner/name`.
  public String repository() {
    return owner + "/" + name;
  }

  /// The model whose folder in the cache has this name, if it is one.
  static Optional<ModelName> ofFolder(String folder) {
    var parts = folder.split("--", -1);
    try {
      return parts.length == 3 && parts[0].equals("models")
          ? Optional.of(new ModelName(parts[1], parts[2], Optional.empty()))
          : Optional.empty();
    } catch (IllegalArgumentException other) {
      return Optional.empty();
    }
  }

  /// The same with a file or quantisation chosen, if one is.
  ModelName with(Optional<String> other) {
    return new ModelName(owner, name, other);
  }

  /// The name of its folder in the cache.
  String folder() {
    return "models--" + owner + "--" + name;
  }

  @Override
  public String toString() {
    return repository() + selection.map(chosen -> ":" + chosen).orElse("");
  }
}
