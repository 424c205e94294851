package dev.fader.serve.http;

import java.util.List;

/// Hears of what was asked.
public interface RequestLog {
  /// A request came.
  void began(Exchange exchange);

  /// A request was answered, or its client has gone.
  void ended(Exchange exchange);

  /// A request could not be read, and nobody knows what was asked.
  void refused(int status);

  /// Whether it wants what users wrote.
  default boolean wantsText() {
    return false;
  }

  /// All of these.
  static RequestLog all(List<RequestLog> logs) {
    return new All(List.copyOf(logs));
  }

  /// Several that hear the same.
  record All(List<RequestLog> logs) implements RequestLog {
    @Override
    public void began(Exchange exchange) {
      logs.forEach(log -> log.began(exchange));
    }

    @Override
    public void ended(Exchange exchange) {
      logs.forEach(log -> log.ended(exchange));
    }

    @Override
    public void refused(int status) {
      logs.forEach(log -> log.refused(status));
    }

    @Override
    public boolean wantsText() {
      return logs.stream().anyMatch(RequestLog::wantsText);
    }
  }
}
