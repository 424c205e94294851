package dev.fader.model.mix;

import dev.fader.grad.Variable;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.List;

/// A copy in float32 of an entry of the parameter table, with edits.
final class EditedEntry {
  private final Tensor original;
  private final Variable copy;
  private List<EntryEdit> edits = List.of();

  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  EditedEntry(Tensor original, TensorArena arena) {
    this.original = original;
    this.copy = Variable.fixed(arena.allocate(DType.FLOAT32, original.shape()).copyFrom(original));
  }

  /// Whether it is one of these numbers.
  boolean isOf(Tensor numbers) {
    return original == numbers;
  }

  Variable copy() {
    return copy;
  }

  /// Has these edits from now on, and no others. Rows that neither these nor those before touch are
  /// left alone.
  void edit(List<EntryEdit> others) {
    if (edits.equals(others)) {
      return;
    }
    var matrix = copy.value().withShape(matrixShape(original.shape()));
    for (var edit : edits) {
      restore(edit, matrix);
    }
    for (var edit : others) {
      edit.apply(matrix);
    }
    edits = List.copyOf(others);
  }

  private void restore(EntryEdit edit, Tensor matrix) {
    var row = new float[matrix.shape().size(1)];
    for (int number : edit.rows(matrix.shape().size(0))) {
      long start = (long) number * row.length;
      original.read(start, row, 0, row.length);
      matrix.write(start, row, 0, row.length);
    }
  }

  /// A vector is one row, and of more dimensions all but the last are counted through.
  static Shape matrixShape(Shape shape) {
    int columns = shape.size(shape.rank() - 1);
    return Shape.of(shape.elements() / columns, columns);
  }
}
