package dev.fader.serve.http;

import java.util.List;

/// What was done for a request, for the log and the metrics.
///
/// @param operation as OpenTelemetry names them: `chat`, `text_completion`, `embeddings`
/// @param model that did it
/// @param inputTokens that were read
/// @param cachedTokens of them that were known from a request before
/// @param outputTokens that were written
/// @param endings why the texts ended, such as `stop` and `length`
public record Usage(
    String operation,
    String model,
    int inputTokens,
    int cachedTokens,
    int outputTokens,
    List<String> endings) {
  /// Checks nothing: what is told here was done.
  public Usage {
    endings = List.copyOf(endings);
  }
}
