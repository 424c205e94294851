package dev.fader.data;

/// A position in the training data: before row `index`, in shuffled order, of an epoch.
///
/// @param epoch passes over all of the data that are complete
/// @param index rows of the current pass that are done
public record Position(long epoch, long index) {
  /// The start of the first epoch.
  public static final Position START = new Position(0, 0);

  /// @throws IllegalArgumentException if a number is negative
  public Position {
    if (epoch < 0 || index < 0) {
      throw new IllegalArgumentException(
          "a data position of epoch %d, index %d is negative".formatted(epoch, index));
    }
  }
}
