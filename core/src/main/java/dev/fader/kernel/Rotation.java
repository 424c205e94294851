package dev.fader.kernel;

import dev.fader.tensor.Tensor;

/// Rotary positions (Su et al., arXiv:2104.09864) in the rotate-half layout of Hugging Face:
/// columns i and `i + headSize / 2` of a head are turned together.
///
/// @param table (positions, headSize): the cosines of the `headSize / 2` angles, then their sines
/// @param time rows of one sequence: row r stands at position `firstPosition + r % time`
/// @param firstPosition the position of a sequence's first row
/// @param headSize columns of one head, even
/// @param inverse turns back: the gradient's direction
public record Rotation(Tensor table, int time, int firstPosition, int headSize, boolean inverse) {
  /// @throws IllegalArgumentException if the head size is odd or the table does not cover the
  ///   positions
  public Rotation {
    Floats.require(table, "the table of rotary positions");
    if (headSize <= 0 || headSize % 2 != 0) {
      throw new IllegalArgumentException(
          "rotary positions need an even head size, not %d".formatted(headSize));
    }
    if (time <= 0
        || firstPosition < 0
        || table.elements() / headSize < (long) firstPosition + time) {
      throw new IllegalArgumentException(
          "positions %d to %d are outside the table %s of rotary positions"
              .formatted(firstPosition, firstPosition + (long) time - 1, table));
    }
  }
}
