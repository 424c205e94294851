package dev.fader.model.mix;

/// A number of the parameter table that is another.
///
/// @param tensor the name of the entry
/// @param row as it is stored, counted from 0; further dimensions are counted through
/// @param column counted from 0
/// @param value what stands there instead
public record CellValue(String tensor, int row, int column, float value) {
  /// @throws MixException if a number is negative or not finite
  public CellValue {
    if (row < 0 || column < 0 || !Float.isFinite(value)) {
      throw new MixException(
          "%s at row %d and column %d of %s cannot be: rows and columns count from 0, and the value is a finite number"
              .formatted(value, row, column, tensor));
    }
  }

  boolean isAt(String otherTensor, int otherRow, int otherColumn) {
    return tensor.equals(otherTensor) && row == otherRow && column == otherColumn;
  }
}
