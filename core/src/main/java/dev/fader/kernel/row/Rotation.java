package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.tensor.Tensor;

/// Rotary positions (Su et al., arXiv:2104.09864): of each head the first `rotated` columns are
/// rotated in pairs.
///
/// @param table (positions, rotated): the cosines of the `rotated / 2` angles, then their sines
/// @param headSize columns of one head
/// @param rotated how many of them are rotated, even; the others stay
/// @param interleaved whether columns `2i` and `2i + 1` are a pair, as in the paper and in GGUF,
///   and not columns `i` and `i + rotated / 2`, as in Hugging Face
/// @param inverse whether to rotate back, as gradients are
public record Rotation(
    Tensor table, int headSize, int rotated, boolean interleaved, boolean inverse) {
  /// @throws IllegalArgumentException if the rotated columns are odd in number or more than a
  ///   head's
  public Rotation {
    Floats.require(table, "the table of rotary positions");
    if (rotated <= 0 || rotated % 2 != 0 || rotated > headSize) {
      throw new IllegalArgumentException(
          "rotary positions need an even number of columns, at most those of a head, not %d of %d"
              .formatted(rotated, headSize));
    }
  }

  /// Whole heads in halves, as in Hugging Face.
  public Rotation(Tensor table, int headSize, boolean inverse) {
    this(table, headSize, headSize, false, inverse);
  }

  /// The same angles the other way.
  public Rotation inverted() {
    return new Rotation(table, headSize, rotated, interleaved, !inverse);
  }

  /// How many positions the table covers.
  public long positions() {
    return table.elements() / rotated;
  }
}
