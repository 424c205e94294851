package dev.fader.serve.body;

import tools.jackson.databind.node.ObjectNode;

/// How long the texts of a request took so far, as [Timings] tells it at the end; with what they
/// waited for. Owned by one caller.
public final class RunningTimings {
  private static final double NANOS = 1e9;

  private final long start = System.nanoTime();
  private long read = start; // when the prompt was
  private int tokens;
  private int reused;
  private int written;

  /// Notes that the prompt was read.
  ///
  /// @param tokens of the prompt
  /// @param reused those that were known from a prompt before
  public void promptRead(int tokens, int reused) {
    this.read = System.nanoTime();
    this.tokens = tokens;
    this.reused = reused;
  }

  /// Notes that a text went on.
  ///
  /// @param ids how many tokens it went on by
  public void written(int ids) {
    written += ids;
  }

  /// Until now.
  public ObjectNode json() {
    var promptSeconds = (read - start) / NANOS;
    var seconds = (System.nanoTime() - read) / NANOS;
    return Timings.json(
        reused,
        new Timings.Phase(tokens - reused, promptSeconds),
        new Timings.Phase(written, seconds));
  }
}
