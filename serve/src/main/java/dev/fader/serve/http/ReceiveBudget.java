package dev.fader.serve.http;

/// The memory that requests may take up while they arrive, all connections together.
final class ReceiveBudget {
  private final long most;
  private long taken; // guarded by this

  /// @param most bytes
  ReceiveBudget(long most) {
    this.most = most;
  }

  /// Takes some, if they are left.
  synchronized boolean take(int bytes) {
    if (taken + bytes > most) {
      return false;
    }
    taken += bytes;
    return true;
  }

  synchronized void give(long bytes) {
    taken -= bytes;
  }
}
