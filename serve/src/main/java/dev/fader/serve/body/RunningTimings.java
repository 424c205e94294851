package dev.fader.serve.body;

import dev.fader.serve.http.JsonText;
import tools.jackson.databind.node.ObjectNode;

/// How long the texts of a request took so far, as [Timings] tells it at the end; with what they
/// waited for. Times are those of [System#nanoTime]. Owned by one caller.
public final class RunningTimings {
  private static final double NANOS = 1e9;

  private final long start;
  private long read; // when the prompt was
  private long last; // when a text went on
  private int tokens;
  private int reused;
  private int written;

  /// Begins now.
  public RunningTimings() {
    this(System.nanoTime());
  }

  /// Begins at a time.
  public RunningTimings(long start) {
    this.start = start;
    this.read = start;
    this.last = start;
  }

  /// Notes that the prompt was read now.
  ///
  /// @param tokens of the prompt
  /// @param reused those that were known from a prompt before
  public void promptRead(int tokens, int reused) {
    promptRead(tokens, reused, System.nanoTime());
  }

  /// Notes that the prompt was read at a time.
  public void promptRead(int tokens, int reused, long time) {
    this.read = time;
    this.last = time;
    this.tokens = tokens;
    this.reused = reused;
  }

  /// How far the prompt was read at a time, as llama.cpp tells it.
  ///
  /// @param tokens of the prompt
  /// @param reused those that were known from a prompt before
  /// @param processed those that are read, the known ones included
  public ObjectNode progress(int tokens, int reused, int processed, long time) {
    return JsonText.object()
        .put("total", tokens)
        .put("cache", reused)
        .put("processed", processed)
        .put("time_ms", (long) ((time - start) / NANOS * 1000));
  }

  /// Notes that a text went on now.
  ///
  /// @param ids how many tokens it went on by
  public void written(int ids) {
    written(ids, System.nanoTime());
  }

  /// Notes that a text went on at a time.
  public void written(int ids, long time) {
    written += ids;
    last = time;
  }

  /// Until a text went on last.
  public ObjectNode json() {
    var promptSeconds = (read - start) / NANOS;
    var seconds = (last - read) / NANOS;
    return Timings.json(
        reused,
        new Timings.Phase(tokens - reused, promptSeconds),
        new Timings.Phase(written, seconds));
  }
}
