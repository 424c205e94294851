package dev.fader.serve.http;

/// Who asked is no longer there, or does not take what is written.
public final class ClientGoneException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// @param cause what happened to the connection
  ClientGoneException(Throwable cause) {
    super("the client has gone", cause);
  }

  ClientGoneException() {
    super("the client has gone");
  }
}
