package dev.fader.model.mix;

import java.io.Serial;

/// A mix that means nothing, or turns what the model does not have.
public final class MixException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  public MixException(String message) {
    super(message);
  }
}
