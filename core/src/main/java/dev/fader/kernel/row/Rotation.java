package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.tensor.Tensor;

/// Rotary positions (Su et al., arXiv:2104.09864): of each head the first `turned` columns are
/// turned in pairs.
///
/// @param table (positions, turned): the cosines of the `turned / 2` angles, then their sines
/// @param time rows of one sequence: row r stands at position `firstPosition + r % time`
/// @param firstPosition the position of a sequence's first row
/// @param headSize columns of one head
/// @param turned how many of them are turned, even; the others stay
/// @param interleaved whether columns `2i` and `2i + 1` are a pair, as in the paper and in GGUF,
///   and not columns `i` and `i + turned / 2`, as in Hugging Face
/// @param inverse turns back: the gradient's direction
public record Rotation(
    Tensor table,
    int time,
    int firstPosition,
    int headSize,
    int turned,
    boolean interleaved,
    boolean inverse) {
  /// @throws IllegalArgumentException if the turned columns are odd in number or more than a
  ///   head's, or the table does not cover the positions
  public Rotation {
    Floats.require(table, "the table of rotary positions");
    if (turned <= 0 || turned % 2 != 0 || turned > headSize) {
      throw new IllegalArgumentException(
          "rotary positions need an even number of columns, at most those of a head, not %d of %d"
              .formatted(turned, headSize));
    }
    if (time <= 0 || firstPosition < 0 || table.elements() / turned < (long) firstPosition + time) {
      throw new IllegalArgumentException(
          "positions %d to %d are outside the table %s of rotary positions"
              .formatted(firstPosition, firstPosition + (long) time - 1, table));
    }
  }

  /// Whole heads in halves, as in Hugging Face.
  public Rotation(Tensor table, int time, int firstPosition, int headSize, boolean inverse) {
    this(table, time, firstPosition, headSize, headSize, false, inverse);
  }

  /// The same angles the other way.
  public Rotation inverted() {
    return new Rotation(table, time, firstPosition, headSize, turned, interleaved, !inverse);
  }
}
