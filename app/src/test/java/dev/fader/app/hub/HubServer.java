package dev.fader.app.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// A hub on this machine that speaks as much of the real one's language as a client needs: model
/// information, lists of files in pages, files in ranges, redirects to another host for large ones.
public final class HubServer implements AutoCloseable {
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  private final HttpServer hub = start();
  private final HttpServer delivery = start(); // another address, as that of a delivery network
  private final Map<String, byte[]> files = new TreeMap<>();
  private final Map<String, String> listedAs = new ConcurrentHashMap<>();

  /// Every request: host, path, range and token.
  final List<String> requests = new CopyOnWriteArrayList<>();

  String token = ""; // that is asked for; none if empty
  int refusal; // with which everything is answered
  String errorCode = "";
  int breakAfter = -1; // bytes of a file's first answer
  int stallAfter = -1; // bytes of the first answer of the delivery, which then says no more
  int deliveryRefusals; // of the delivery, with 403, as of an address that is too old
  boolean corrupt;
  boolean ignoresRanges;

  public HubServer() {
    hub.createContext("/", this::answer);
    delivery.createContext("/", this::deliver);
    hub.start();
    delivery.start();
  }

  private static HttpServer start() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
  }

  public HubServer with(String path, byte[] content) {
    files.put(path, content);
    return this;
  }

  public HubServer with(String path, String content) {
    return with(path, content.getBytes(StandardCharsets.UTF_8));
  }

  /// Lists a file under another name than it has.
  HubServer listing(String path, String as) {
    listedAs.put(path, as);
    return this;
  }

  private static boolean isLarge(String path) {
    return path.endsWith(".safetensors") || path.endsWith(".gguf");
  }

  static String sha256(byte[] content) {
    return digest("SHA-256", new byte[0], content);
  }

  static String gitSha1(byte[] content) {
    return digest(
        "SHA-1", ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII), content);
  }

  private static String digest(String name, byte[] header, byte[] content) {
    try {
      var digest = MessageDigest.getInstance(name);
      digest.update(header);
      return HexFormat.of().formatHex(digest.digest(content));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private void note(String host, HttpExchange exchange) {
    var headers = exchange.getRequestHeaders();
    requests.add(
        "%s %s range=%s token=%s"
            .formatted(
                host,
                exchange.getRequestURI(),
                headers.getFirst("Range"),
                headers.getFirst("Authorization")));
  }

  private void answer(HttpExchange exchange) throws IOException {
    note("hub", exchange);
    var path = exchange.getRequestURI().getPath();
    var given = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    if (refusal != 0) {
      exchange.getResponseHeaders().add("X-Error-Code", errorCode);
      send(exchange, refusal, "{\"error\":\"no\"}".getBytes(StandardCharsets.UTF_8));
    } else if (!token.isEmpty() && !given.equals("Bearer " + token)) {
      send(exchange, 401, new byte[0]);
    } else if (path.startsWith("/old/name") || path.startsWith("/api/models/old/name")) {
      var asked = exchange.getRequestURI().toString();
      exchange.getResponseHeaders().add("Location", asked.replace("old/name", "owner/name"));
      send(exchange, 307, new byte[0]);
    } else if (path.equals("/api/models/owner/name/revision/main")
        || path.equals("/api/models/owner/name/revision/" + COMMIT)) {
      send(exchange, 200, ("{\"sha\":\"" + COMMIT + "\"}").getBytes(StandardCharsets.UTF_8));
    } else if (path.equals("/api/models/owner/name/tree/" + COMMIT)) {
      tree(exchange);
    } else if (path.startsWith("/owner/name/resolve/" + COMMIT + "/")) {
      resolve(exchange, path.substring(("/owner/name/resolve/" + COMMIT + "/").length()));
    } else {
      exchange.getResponseHeaders().add("X-Error-Code", "RepoNotFound");
      send(exchange, 404, new byte[0]);
    }
  }

  /// Two files a page.
  private void tree(HttpExchange exchange) throws IOException {
    var query = exchange.getRequestURI().getQuery();
    int page = query.contains("cursor=") ? Integer.parseInt(query.replaceAll(".*cursor=", "")) : 0;
    var paths = List.copyOf(files.keySet());
    var entries =
        new StringBuilder("[{\"type\":\"directory\",\"path\":\"folder\",\"oid\":\"0\",\"size\":0}");
    for (var path : paths.subList(2 * page, Math.min(paths.size(), 2 * page + 2))) {
      var content = files.get(path);
      entries.append(
          ",{\"type\":\"file\",\"path\":\"%s\",\"oid\":\"%s\",\"size\":%d%s}"
              .formatted(
                  listedAs.getOrDefault(path, path),
                  gitSha1(content),
                  content.length,
                  isLarge(path)
                      ? ",\"lfs\":{\"oid\":\"%s\",\"size\":%d,\"pointerSize\":130}"
                          .formatted(sha256(content), content.length)
                      : ""));
    }
    if (2 * page + 2 < paths.size()) {
      var next = exchange.getRequestURI().getPath() + "?recursive=true&cursor=" + (page + 1);
      exchange.getResponseHeaders().add("Link", "<" + endpoint() + next + ">; rel=\"next\"");
    }
    send(exchange, 200, entries.append("]").toString().getBytes(StandardCharsets.UTF_8));
  }

  private void resolve(HttpExchange exchange, String path) throws IOException {
    var content = files.get(path);
    if (content == null) {
      exchange.getResponseHeaders().add("X-Error-Code", "EntryNotFound");
      send(exchange, 404, new byte[0]);
    } else if (isLarge(path)) {
      var headers = exchange.getResponseHeaders();
      headers.add("X-Linked-ETag", "\"" + sha256(content) + "\"");
      headers.add("X-Linked-Size", Integer.toString(content.length));
      headers.add(
          "Location",
          "http://127.0.0.1:%d/%s?signature=abc".formatted(delivery.getAddress().getPort(), path));
      send(exchange, 302, new byte[0]);
    } else {
      exchange.getResponseHeaders().add("ETag", "\"" + gitSha1(content) + "\"");
      ranged(exchange, content);
    }
  }

  private void deliver(HttpExchange exchange) throws IOException {
    note("delivery", exchange);
    if (deliveryRefusals > 0) {
      deliveryRefusals--;
      send(exchange, 403, new byte[0]);
      return;
    }
    var content = files.get(exchange.getRequestURI().getPath().substring(1));
    exchange.getResponseHeaders().add("ETag", "\"something-else\"");
    ranged(exchange, content == null ? new byte[0] : content);
  }

  private void ranged(HttpExchange exchange, byte[] whole) throws IOException {
    var content = whole.clone();
    if (corrupt) {
      content[content.length / 2] ^= 1;
    }
    var range = exchange.getRequestHeaders().getFirst("Range");
    int from = 0;
    if (range != null && !ignoresRanges) {
      from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
      exchange
          .getResponseHeaders()
          .add(
              "Content-Range",
              "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
    int end = breakAfter < 0 ? content.length : Math.min(content.length, from + breakAfter);
    var body = exchange.getResponseBody();
    if (stallAfter >= 0 && content.length > stallAfter) {
      body.write(content, from, stallAfter);
      body.flush();
      stallAfter = -1;
      return;
    }
    body.write(content, from, end - from);
    body.flush();
    if (end < content.length) {
      throw new IOException("the connection breaks, as was asked for");
    }
    exchange.close();
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
    exchange.close();
  }

  @Override
  public void close() {
    hub.stop(0);
    delivery.stop(0);
  }
}
