package dev.fader.tokenizer.error;

/// Thrown when a tokenizer file is not valid or text cannot be written in a tokenizer's pieces. The
/// message is one line that says what is wrong, where, and what to do.
public final class TokenizerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TokenizerException(String message) {
    super(message);
  }

  public TokenizerException(String message, Throwable cause) {
    super(message, cause);
  }
}
