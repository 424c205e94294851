package dev.fader.schedule;

/// As many requests wait as may.
public final class QueueFullException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final long retryAfterSeconds;

  QueueFullException(int waiting, long retryAfterSeconds) {
    super(
        "%d requests are waiting, which are as many as may: try again in %d s"
            .formatted(waiting, retryAfterSeconds));
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /// When there will be room, by how long requests took so far; at least 1.
  public long retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
