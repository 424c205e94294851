package dev.fader.template;

/// A variable that is followed through the template: the output says which of its characters are
/// strings of the variable, and which a loop wrote while it was at the variable.
///
/// @param value any variable that [Template#render] accepts
/// @param source a number of the caller's, not negative
public record Traced(Object value, int source) {
  public Traced {
    if (source < 0) {
      throw new IllegalArgumentException("a source is a number from 0, not " + source);
    }
  }
}
