package dev.fader.serve.http;

/// Hears of what was asked.
public interface RequestLog {
  /// A request came.
  void began(Exchange exchange);

  /// A request was answered, or its client has gone.
  void ended(Exchange exchange);
}
