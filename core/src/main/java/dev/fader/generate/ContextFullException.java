package dev.fader.generate;

/// Thrown when a text does not fit the context. Nothing is ever truncated silently.
public final class ContextFullException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int tokens;
  private final int capacity;

  public ContextFullException(int tokens, int used, int capacity) {
    super(
        "%d tokens do not fit a context of %d, of which %d are used: shorten the prompt"
            .formatted(tokens, capacity, used));
    this.tokens = tokens;
    this.capacity = capacity;
  }

  /// Tokens that did not fit.
  public int tokens() {
    return tokens;
  }

  /// Of the context.
  public int capacity() {
    return capacity;
  }
}
