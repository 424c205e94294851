package dev.fader.generate;

/// Thrown when a text does not fit the context. Nothing is ever truncated silently.
public final class ContextFullException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ContextFullException(int tokens, int used, int capacity) {
    super(
        "%d tokens do not fit a context of %d, of which %d are used: shorten the prompt"
            .formatted(tokens, capacity, used));
  }
}
