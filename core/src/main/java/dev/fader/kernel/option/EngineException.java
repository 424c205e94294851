package dev.fader.kernel.option;

/// The library that multiplies has failed at a product, which is therefore not there.
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// @param library its name and version
  /// @param failure what it answered
  public EngineException(String library, Throwable failure) {
    super(
        "%s has failed at a product: %s; --engine java (-D%s=java) does without it"
            .formatted(library, failure.getMessage(), EngineChoice.PROPERTY),
        failure);
  }
}
