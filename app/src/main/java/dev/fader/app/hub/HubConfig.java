package dev.fader.app.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Where the hub and its cache are, by the variables that Hugging Face's own library reads.
///
/// @param cache the folder of all models
/// @param endpoint the hub, without a slash at its end
/// @param token what tells the hub who asks; sent to the endpoint only
/// @param offline whether nothing may be asked
public record HubConfig(Path cache, URI endpoint, Optional<String> token, boolean offline) {
  private static final Set<String> YES = Set.of("1", "ON", "YES", "TRUE");
  private static final String HUB = "https://huggingface.co";

  /// The configuration of these variables: `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`,
  /// `HF_ENDPOINT`, `HF_TOKEN`, `HF_TOKEN_PATH` and `HF_HUB_OFFLINE`.
  ///
  /// @param home the user's folder
  /// @throws IOException if the token's file cannot be read, or the endpoint is none
  public static HubConfig of(Map<String, String> environment, Path home) throws IOException {
    var own =
        folder(environment, home, "HF_HOME")
            .or(() ->
                folder(environment, home, "XDG_CACHE_HOME").map(c -> c.resolve("huggingface")))
            .orElse(home.resolve(".cache").resolve("huggingface"));
    var cache = folder(environment, home, "HF_HUB_CACHE").orElse(own.resolve("hub"));
    return new HubConfig(
        cache,
        endpoint(value(environment, "HF_ENDPOINT").orElse(HUB)),
        token(environment, home, own),
        isYes(environment, "HF_HUB_OFFLINE"));
  }

  private static URI endpoint(String text) throws HubException {
    try {
      var endpoint = URI.create(text.replaceAll("/+$", ""));
      if (endpoint.getHost() != null && Set.of("http", "https").contains(endpoint.getScheme())) {
        return endpoint;
      }
    } catch (IllegalArgumentException unreadable) {
      // As wrong as one without a host.
    }
    throw new HubException(
        "HF_ENDPOINT is '%s', and must be an address such as %s".formatted(text, HUB));
  }

  private static Optional<String> token(Map<String, String> environment, Path home, Path own)
      throws IOException {
    var given = value(environment, "HF_TOKEN");
    if (given.isPresent()) {
      return given.map(HubConfig::checked);
    }
    var file = folder(environment, home, "HF_TOKEN_PATH").orElse(own.resolve("token"));
    if (isYes(environment, "HF_HUB_DISABLE_IMPLICIT_TOKEN") || !Files.isReadable(file)) {
      return Optional.empty();
    }
    var token = Files.readString(file).strip();
    return token.isEmpty() ? Optional.empty() : Optional.of(checked(token));
  }

  /// A token with a line end in it would write headers of its own.
  private static String checked(String token) {
    if (token.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new IllegalArgumentException(
          "the hub's access token holds an invalid character: set a valid HF_TOKEN");
    }
    return token;
  }

  private static boolean isYes(Map<String, String> environment, String name) {
    return value(environment, name)
        .filter(text -> YES.contains(text.toUpperCase(Locale.ROOT)))
        .isPresent();
  }

  /// A folder; files that set variables, such as those of services, leave a `~` as it is.
  private static Optional<Path> folder(Map<String, String> environment, Path home, String name) {
    return value(environment, name)
        .map(text -> text.startsWith("~/") ? home.resolve(text.substring(2)) : Path.of(text));
  }

  private static Optional<String> value(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).map(String::strip).filter(s -> !s.isEmpty());
  }

  /// Never shows the token.
  @Override
  public String toString() {
    return "HubConfig[cache=%s, endpoint=%s, offline=%s]".formatted(cache, endpoint, offline);
  }
}
