package dev.fader.grad;

/// Thrown between two layers where [Tape#stopWhen] says so. No failure: who asked for it catches it
/// and clears the tape.
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoppedException() {
    super("stopped between two layers", null, false, false);
  }
}
