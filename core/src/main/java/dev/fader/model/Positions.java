package dev.fader.model;

import java.util.Optional;
import java.util.Set;

/// How a model knows where in the sequence a token stands.
public sealed interface Positions {
  /// A learned vector for each position, added to the embedding (GPT-2).
  record Learned() implements Positions {}

  /// Queries and keys rotated by angles that grow with the position (RoPE, Su et al. 2021).
  ///
  /// @param waves the wavelengths
  /// @param windowWaves those of layers with a window, where they have others (Gemma 3)
  /// @param size how many columns of each head are rotated, 0 for all
  /// @param interleaved whether neighbouring columns are a pair, as in GGUF and DeepSeek, and not
  ///   columns half the size apart
  /// @param nopeLayers layers without positions, NoPE (SmolLM3; Kazemnejad et al. 2023)
  record Rotary(
      Waves waves,
      Optional<Waves> windowWaves,
      int size,
      boolean interleaved,
      Set<Integer> nopeLayers)
      implements Positions {
    public Rotary {
      nopeLayers = Set.copyOf(nopeLayers);
    }

    /// Whole heads in halves, all layers alike.
    public Rotary(double theta, RotaryScaling scaling) {
      this(new Waves(theta, scaling), Optional.empty(), 0, false, Set.of());
    }

    /// The same with neighbouring columns as pairs or not.
    public Rotary withInterleaved(boolean neighbours) {
      return new Rotary(waves, windowWaves, size, neighbours, nopeLayers);
    }

    /// The same with other wavelengths for layers with a window.
    public Rotary withWindowWaves(Waves local) {
      return new Rotary(waves, Optional.of(local), size, interleaved, nopeLayers);
    }

    /// The same with `columns` of each head rotated.
    public Rotary withSize(int columns) {
      return new Rotary(waves, windowWaves, columns, interleaved, nopeLayers);
    }

    /// The same without positions in some layers.
    public Rotary withNopeLayers(Set<Integer> layers) {
      return new Rotary(waves, windowWaves, size, interleaved, layers);
    }
  }

  /// The wavelengths of rotary positions.
  ///
  /// @param theta the base of the wavelengths
  /// @param scaling how they are stretched
  record Waves(double theta, RotaryScaling scaling) {}
}
