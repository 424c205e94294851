package dev.fader.tokenizer.error;

/// Thrown if a tokenizer file is invalid or a text cannot be encoded. The message is one line: what
/// is wrong, where, and what to do.
public final class TokenizerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TokenizerException(String message) {
    super(message);
  }

  public TokenizerException(String message, Throwable cause) {
    super(message, cause);
  }
}
