package dev.fader.serve.http;

/// The heap that requests may take up while they arrive and are answered, all connections together.
final class ReceiveBudget {
  private final long most;
  private long taken; // guarded by this

  /// @param most bytes
  ReceiveBudget(long most) {
    this.most = most;
  }

  /// Takes some, if they are left.
  synchronized boolean take(long bytes) {
    if (bytes > most - taken) {
      return false;
    }
    taken += bytes;
    return true;
  }

  /// Bytes that there are in all.
  long most() {
    return most;
  }

  synchronized void give(long bytes) {
    taken -= bytes;
  }
}
