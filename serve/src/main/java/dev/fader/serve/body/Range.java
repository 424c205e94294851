package dev.fader.serve.body;

/// The numbers that a field may have.
///
/// @param least the smallest
/// @param open whether `least` itself is left out
/// @param most the largest
public record Range(double least, boolean open, double most) {
  /// From `least` to `most`, both included.
  public static Range of(double least, double most) {
    return new Range(least, false, most);
  }

  /// Above `least`, up to `most`.
  public static Range above(double least, double most) {
    return new Range(least, true, most);
  }

  boolean has(double value) {
    return (open ? value > least : value >= least) && value <= most;
  }

  @Override
  public String toString() {
    return open
        ? "above %s and at most %s".formatted(plain(least), plain(most))
        : "from %s to %s".formatted(plain(least), plain(most));
  }

  private static String plain(double bound) {
    return bound == Math.rint(bound) && Math.abs(bound) < 1e18
        ? Long.toString((long) bound)
        : Double.toString(bound);
  }
}
