package dev.fader.kernel.onednn;

/// oneDNN cannot do what it is asked to.
public final class OneDnnException extends RuntimeException {
  private static final long serialVersionUID = 1;

  OneDnnException(String message) {
    super(message);
  }
}
