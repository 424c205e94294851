package dev.fader.model;

/// How a model knows where in the sequence a token stands.
public sealed interface Positions {
  /// A learned vector for each position, added to the embedding (GPT-2).
  record Learned() implements Positions {}

  /// Queries and keys turned by angles that grow with the position (RoPE, Su et al. 2021).
  ///
  /// @param theta the base of the wavelengths
  record Rotary(double theta, RotaryScaling scaling) implements Positions {}
}
