package dev.fader.grad;

/// Rows `[first, end)`.
public record RowRange(int first, int end) {
  /// @throws IllegalArgumentException if there are none
  public RowRange {
    if (first < 0 || end <= first) {
      throw new IllegalArgumentException("no rows from %d to %d".formatted(first, end));
    }
  }
}
