package dev.fader.serve.metrics;

import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.RequestLog;
import java.time.Instant;
import java.util.function.Consumer;

/// A line of JSON for each request. It has nothing that users wrote, unless that is asked for.
public final class AccessLog implements RequestLog {
  private final Consumer<String> lines;
  private final boolean text;

  /// A log that is written somewhere.
  ///
  /// @param lines takes one without its end; safe for use by several threads
  /// @param text whether bodies and what was wrong with them are told, too
  public AccessLog(Consumer<String> lines, boolean text) {
    this.lines = lines;
    this.text = text;
  }

  @Override
  public boolean wantsText() {
    return text;
  }

  @Override
  public void began(Exchange exchange) {
    // It is told when it ends.
  }

  @Override
  public void refused(int status) {
    var line = JsonText.object().put("time", Instant.now().toString()).put("status", status);
    lines.accept(JsonText.text(line.put("unreadable", true)));
  }

  @Override
  public void ended(Exchange exchange) {
    var line =
        JsonText.object()
            .put("time", Instant.now().toString())
            .put("client", exchange.client())
            .put("method", exchange.method())
            .put("route", exchange.route().orElse(""))
            .put("status", exchange.status())
            .put("ms", exchange.age().toNanos() / 1e6)
            .put("first_byte_ms", exchange.untilFirstByte().toNanos() / 1e6);
    exchange
        .usage()
        .ifPresent(usage -> {
          line.put("operation", usage.operation())
              .put("model", usage.model())
              .put("input_tokens", usage.inputTokens())
              .put("cached_tokens", usage.cachedTokens())
              .put("output_tokens", usage.outputTokens());
          usage.endings().forEach(line.putArray("endings")::add);
        });
    if (exchange.clientLeft()) {
      line.put("client_left", true);
    }
    if (text) {
      line.put("path", exchange.path());
      exchange.bodyText().ifPresent(body -> line.put("body", body));
      exchange.failure().ifPresent(failure -> line.put("failure", failure));
    }
    lines.accept(JsonText.text(line));
  }
}
