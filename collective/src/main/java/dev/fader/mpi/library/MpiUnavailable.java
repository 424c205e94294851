package dev.fader.mpi.library;

/// A library of MPI cannot be used.
public final class MpiUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1;

  MpiUnavailable(String message) {
    super(message);
  }
}
