package dev.fader.model;

import java.util.Optional;
import java.util.Set;

/// The encoding of token positions.
public sealed interface Positions {
  /// A learned embedding for each position (GPT-2).
  ///
  /// @param first the row of the first position; OPT has unused ones before it
  record Learned(int first) implements Positions {
    /// All rows of the table are positions.
    public Learned() {
      this(0);
    }
  }

  /// Rotary position embedding of queries and keys (RoPE, Su et al. 2021).
  ///
  /// @param rope base and scaling of the frequencies
  /// @param windowRope those of layers with a window, if different (Gemma 3)
  /// @param size number of rotated columns of each head, 0 for all
  /// @param interleaved whether adjacent columns form a pair, as in GGUF and DeepSeek, instead of
  ///   columns half the size apart
  /// @param nopeLayers layers without positions, NoPE (SmolLM3; Kazemnejad et al. 2023)
  record Rotary(
      RopeParameters rope,
      Optional<RopeParameters> windowRope,
      int size,
      boolean interleaved,
      Set<Integer> nopeLayers)
      implements Positions {
    public Rotary {
      nopeLayers = Set.copyOf(nopeLayers);
    }

    /// All columns of every head, not interleaved, the same in all layers.
    public Rotary(double theta, RotaryScaling scaling) {
      this(new RopeParameters(theta, scaling), Optional.empty(), 0, false, Set.of());
    }

    /// A copy with or without interleaved pairs.
    public Rotary withInterleaved(boolean neighbours) {
      return new Rotary(rope, windowRope, size, neighbours, nopeLayers);
    }

    /// A copy with other frequencies for layers with a window.
    public Rotary withWindowRope(RopeParameters local) {
      return new Rotary(rope, Optional.of(local), size, interleaved, nopeLayers);
    }

    /// A copy with `columns` of each head rotated.
    public Rotary withSize(int columns) {
      return new Rotary(rope, windowRope, columns, interleaved, nopeLayers);
    }

    /// A copy without positions in some layers.
    public Rotary withNopeLayers(Set<Integer> layers) {
      return new Rotary(rope, windowRope, size, interleaved, layers);
    }
  }

  /// The frequencies of rotary positions, as `rope_parameters` in Hugging Face's files.
  ///
  /// @param theta the base of the frequencies
  /// @param scaling how they are changed for longer contexts
  record RopeParameters(double theta, RotaryScaling scaling) {}
}
