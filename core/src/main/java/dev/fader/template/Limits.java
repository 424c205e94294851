package dev.fader.template;

/// Resource limits of one rendering.
///
/// @param depth nesting of expressions, statements, calls and values
/// @param steps expressions and statements evaluated, items visited
/// @param characters text produced on the way, output included, in UTF-16 units
public record Limits(int depth, long steps, long characters) {
  /// More than any chat needs; reached in about a second.
  public static final Limits DEFAULTS = new Limits(400, 10_000_000, 200_000_000);

  public Limits {
    if (depth < 1 || steps < 1 || characters < 1) {
      throw new IllegalArgumentException(
          "limits of a template are %d, %d and %d, and must each be at least 1"
              .formatted(depth, steps, characters));
    }
  }
}
