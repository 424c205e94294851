package dev.fader.app.studio.page;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.Route;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Serves the files of the page, to everyone: they tell nothing of the models.
public final class PageRoutes {
  /// Where the page is.
  public static final String PATH = "/studio/";

  /// Scripts, styles and requests of the page itself and nothing else: what a model says can run
  /// nowhere. Parts set styles of their own by script, which no policy is about.
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,40}\\.(html|css|js|svg)");

  /// What lies deeper, as npm has it.
  private static final Map<String, String> LIBRARIES =
      Map.of(
          "htm.js", "htm/preact/standalone.module.js",
          "uplot.js", "uplot/dist/uPlot.esm.js",
          "uplot.css", "uplot/dist/uPlot.min.css");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  public List<Route> routes() {
    return List.of(
        Route.get("/studio", exchange -> exchange.redirect(PATH)).opened(),
        Route.get(PATH, exchange -> send(exchange, "index.html")).opened(),
        Route.get(PATH + "{file}", exchange -> send(exchange, exchange.variable())).opened());
  }

  private static void send(Exchange exchange, String name) throws IOException {
    byte[] file = read(name);
    exchange.header("Content-Security-Policy", POLICY);
    exchange.header("Referrer-Policy", "no-referrer");
    exchange.header("Cross-Origin-Opener-Policy", "same-origin");
    exchange.header("Cross-Origin-Resource-Policy", "same-origin");
    var ending = name.substring(name.lastIndexOf('.') + 1);
    exchange.send(TYPES.getOrDefault(ending, "text/plain"), file, digest(file));
  }

  private static byte[] read(String name) throws IOException {
    if (NAME.matcher(name).matches()) {
      var place = LIBRARIES.getOrDefault(name, name);
      try (InputStream file = PageRoutes.class.getResourceAsStream(place)) {
        if (file != null) {
          return file.readAllBytes();
        }
      }
    }
    throw new ApiException(
        ApiException.Kind.NOT_FOUND, "the page has no such file: it begins at " + PATH);
  }

  private static String digest(byte[] file) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file), 0, 16);
    } catch (NoSuchAlgorithmException every) { // platform has it
      throw new IllegalStateException(every);
    }
  }
}
