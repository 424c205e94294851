package dev.fader.app.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Asks the hub. The token goes to the configured address only, wherever it redirects to.
final class HubClient implements AutoCloseable {
  private static final int MOST_REDIRECTS = 5;
  private static final int LONGEST_ANSWER = 32 << 20;
  private static final int MOST_PAGES = 1000;
  private static final int MOST_FILES = 100_000;
  private static final Duration CONNECTION = Duration.ofSeconds(30);
  private static final Pattern NEXT = Pattern.compile("<([^>]+)>\\s*;\\s*rel=\"?next\"?");
  private static final Pattern SHA1 = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  private final HubConfig config;
  private final HttpClient client =
      HttpClient.newBuilder()
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(CONNECTION)
          .build();

  private final Duration patience;

  /// A client that waits for `patience` for whatever comes next.
  HubClient(HubConfig config, Duration patience) {
    this.config = config;
    this.patience = patience;
  }

  /// Closes `body` when nothing has come from it for too long.
  StallGuard guard(InputStream body) {
    return new StallGuard(body, patience);
  }

  /// The answer to a request for a file.
  ///
  /// @param etag the checksum that the hub itself gave, before any redirect
  record Content(HttpResponse<InputStream> response, Optional<String> etag) {}

  /// What a model is at a revision.
  ///
  /// @throws HubException if there is no such model, or it is not for everybody
  HubModel model(ModelName model, String revision) throws IOException {
    var base = "/api/models/" + model.repository();
    var info = json(model, uri(base + "/revision/" + encoded(revision)));
    var commit = info.path("sha").asString("");
    if (!HubCache.isCommit(commit)) {
      throw new HubException("%s: the hub gave no commit of '%s'".formatted(model, revision));
    }
    var files = new ArrayList<HubFile>();
    var page = Optional.of(uri(base + "/tree/" + commit + "?recursive=true"));
    for (int pages = 0; page.isPresent(); pages++) {
      if (pages == MOST_PAGES || files.size() > MOST_FILES) {
        throw new HubException("%s: the hub lists more than %d files".formatted(model, MOST_FILES));
      }
      var answer = get(model, page.get(), 0);
      for (var entry : tree(model, answer.response())) {
        if (entry.path("type").asString("").equals("file")) {
          files.add(file(model, entry));
        }
      }
      page = next(page.get(), answer.response());
    }
    return new HubModel(commit, List.copyOf(files));
  }

  private JsonNode tree(ModelName model, HttpResponse<InputStream> response) throws IOException {
    var tree = parse(model, response);
    if (!tree.isArray()) {
      throw new HubException("%s: the hub sent no list of files".formatted(model));
    }
    return tree;
  }

  private static HubFile file(ModelName model, JsonNode entry) throws HubException {
    var path = entry.path("path").asString("");
    if (!RepositoryPath.isPlain(path)) {
      throw new HubException(
          "%s: the hub lists a file '%s', which leads out of its folder"
              .formatted(model, printable(path)));
    }
    var large = entry.path("lfs");
    var size = large.isObject() ? large.path("size") : entry.path("size");
    long bytes = size.isIntegralNumber() && size.canConvertToLong() ? size.longValue() : -1;
    var sha256 =
        large.isObject() ? Optional.of(large.path("oid").asString("")) : Optional.<String>empty();
    var file = new HubFile(path, bytes, entry.path("oid").asString(""), sha256);
    boolean valid =
        bytes >= 0
            && (sha256.isEmpty()
                ? SHA1.matcher(file.gitSha1()).matches()
                : SHA256.matcher(sha256.get()).matches());
    if (!valid) {
      throw new HubException(
          "%s: the hub gave no length or no checksum of '%s'".formatted(model, path));
    }
    return file;
  }

  private static String printable(String text) {
    return text.codePoints()
        .limit(100)
        .map(c -> Character.isISOControl(c) ? '\uFFFD' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private Optional<URI> next(URI page, HttpResponse<InputStream> response) throws HubException {
    for (var link : response.headers().allValues("Link")) {
      var match = NEXT.matcher(link);
      if (match.find()) {
        var next = resolve(page, match.group(1));
        if (!isEndpoint(next)) {
          throw new HubException(
              "the next page of the hub's file list is on another host: " + next.getHost());
        }
        return Optional.of(next);
      }
    }
    return Optional.empty();
  }

  /// A file from byte `from` on.
  Content open(ModelName model, String commit, HubFile file, long from) throws IOException {
    var path = new StringBuilder();
    for (var part : file.path().split("/", -1)) {
      path.append('/').append(encoded(part));
    }
    return get(model, uri("/" + model.repository() + "/resolve/" + commit + path), from);
  }

  private URI uri(String path) {
    return URI.create(config.endpoint() + path);
  }

  private static String encoded(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private JsonNode json(ModelName model, URI uri) throws IOException {
    return parse(model, get(model, uri, 0).response());
  }

  private JsonNode parse(ModelName model, HttpResponse<InputStream> response) throws IOException {
    try (var body = response.body();
        var _ = guard(body)) {
      var bytes = body.readNBytes(LONGEST_ANSWER);
      if (bytes.length == LONGEST_ANSWER) {
        throw new HubException("%s: the hub's answer is too long".formatted(model));
      }
      return JsonMapper.shared().readTree(bytes);
    } catch (JacksonException broken) {
      throw new HubException(
          "%s: the hub's answer is not JSON; is HF_ENDPOINT a hub?".formatted(model), broken);
    } catch (HubException wrong) {
      throw wrong;
    } catch (IOException broken) {
      throw new UnreachableException(
          "%s: the hub's answer broke off: try again".formatted(model), broken);
    }
  }

  private Content get(ModelName model, URI start, long from) throws IOException {
    var uri = start;
    Optional<String> etag = Optional.empty();
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      var response = send(uri, from);
      if (isEndpoint(uri)) {
        var before = etag;
        etag = etag(response).or(() -> before);
      }
      int status = response.statusCode();
      if (status == 200 || status == 206 || status == 416) {
        return new Content(response, etag);
      }
      response.body().close();
      if (status < 301 || status > 308 || status == 304) {
        throw refused(model, uri, response);
      }
      uri = redirected(uri, response);
    }
    throw new HubException("%s: too many redirects".formatted(model));
  }

  private HttpResponse<InputStream> send(URI uri, long from) throws IOException {
    var request = HttpRequest.newBuilder(uri).GET().timeout(patience).header("User-Agent", "fader");
    if (from > 0) {
      request.header("Range", "bytes=" + from + "-");
    }
    if (isEndpoint(uri)) {
      config.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
    }
    try {
      return client.send(request.build(), BodyHandlers.ofInputStream());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new HubException("interrupted", interrupted);
    } catch (IOException failed) {
      throw new UnreachableException(
          "%s cannot be reached: %s; check the network, or HF_ENDPOINT"
              .formatted(uri.getAuthority(), why(failed)),
          failed);
    }
  }

  /// Java gives most of these no text.
  private static String why(IOException failed) {
    return switch (failed) {
      case HttpTimeoutException _ -> "timed out";
      case ConnectException connect when connect.getCause() instanceof UnresolvedAddressException ->
          "no such host";
      case ConnectException _ -> "connection refused";
      default -> Objects.requireNonNullElse(failed.getMessage(), failed.getClass().getSimpleName());
    };
  }

  private static Optional<String> etag(HttpResponse<InputStream> response) {
    var headers = response.headers();
    return headers
        .firstValue("X-Linked-ETag")
        .or(() -> response.statusCode() / 100 == 2 ? headers.firstValue("ETag") : Optional.empty())
        .map(etag -> etag.replaceFirst("^W/", "").replace("\"", ""));
  }

  private static URI redirected(URI from, HttpResponse<InputStream> response) throws HubException {
    var location = response.headers().firstValue("Location");
    if (location.isEmpty()) {
      throw new HubException("%s redirects without a Location".formatted(from.getHost()));
    }
    var to = resolve(from, location.get());
    boolean safe = "https".equals(to.getScheme()) || "http".equals(from.getScheme());
    if (!safe || to.getHost() == null || !List.of("http", "https").contains(to.getScheme())) {
      throw new HubException("%s redirects to an address without HTTPS".formatted(from.getHost()));
    }
    return to;
  }

  private static URI resolve(URI from, String location) throws HubException {
    try {
      return from.resolve(location);
    } catch (IllegalArgumentException unreadable) {
      throw new HubException(
          "%s redirects to an invalid URL".formatted(from.getHost()), unreadable);
    }
  }

  /// Whether the token may go there: scheme, host and port are those that were configured.
  private boolean isEndpoint(URI uri) {
    var endpoint = config.endpoint();
    return endpoint.getScheme().equals(uri.getScheme())
        && endpoint.getHost().equalsIgnoreCase(uri.getHost())
        && endpoint.getPort() == uri.getPort();
  }

  private IOException refused(ModelName model, URI uri, HttpResponse<InputStream> response) {
    var code = response.headers().firstValue("X-Error-Code").orElse("");
    int status = response.statusCode();
    if (status >= 500 || status == 429 || !isEndpoint(uri)) {
      // It may pass; and the address that a file was redirected to, too, is only good for a while.
      return new UnreachableException(
          "%s: %s answers %d: try again later".formatted(model, uri.getHost(), status));
    }
    var page = config.endpoint() + "/" + model.repository();
    if (code.equals("GatedRepo") || status == 403) {
      return new HubException(
          "%s is a gated model (%d): accept its terms at %s, then set HF_TOKEN"
              .formatted(model, status, page));
    }
    if (code.equals("RevisionNotFound")) {
      return new HubException(
          "%s has no such revision (%d): see %s/tree/main".formatted(model, status, page));
    }
    if (status == 401) {
      return new HubException(
          config.token().isEmpty()
              ? "%s does not exist, or is private or gated (401): check the name, or set HF_TOKEN"
                  .formatted(model)
              : "%s: the hub rejects the access token (401): set a valid HF_TOKEN"
                  .formatted(model));
    }
    if (status == 404) {
      return new HubException(
          "%s is not on %s (404): check the name".formatted(model, uri.getHost()));
    }
    return new HubException(
        "%s: %s answers %d: try again later".formatted(model, uri.getHost(), status));
  }

  @Override
  public void close() {
    client.close();
  }
}
