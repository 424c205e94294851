package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Runs of rows of a left operand, each with right operands of its own, as the rows that go to the
/// experts of a mixture. Filled anew for each product with [#clear] and [#add]; allocates nothing
/// once it has grown. Not for several threads at once.
public final class RowGroups {
  private int count;
  private int[] firsts = new int[8];
  private int[] rows = new int[8];
  private int[] few = new int[8];
  private final List<List<Matrix>> rights = new ArrayList<>();

  /// Leaves no group.
  public void clear() {
    count = 0;
    rights.clear();
  }

  /// Adds a group that begins behind the one before, or with the first row.
  ///
  /// @param rows of the group
  /// @param few how many of them are computed as few rows, those that come first; see
  ///   [MatrixProduct#multiply(Matrix, List, Matrix, int)]
  /// @param right operands, whose columns stand side by side in the result
  /// @throws IllegalArgumentException if there are not so many rows
  public void add(int rows, int few, List<Matrix> right) {
    if (few < 0 || few > rows) {
      throw new IllegalArgumentException(
          "%d few rows of %d: must be 0 to all of them".formatted(few, rows));
    }
    if (count == firsts.length) {
      firsts = Arrays.copyOf(firsts, 2 * count);
      this.rows = Arrays.copyOf(this.rows, 2 * count);
      this.few = Arrays.copyOf(this.few, 2 * count);
    }
    firsts[count] = totalRows();
    this.rows[count] = rows;
    this.few[count] = few;
    rights.add(right);
    count++;
  }

  int totalRows() {
    return count == 0 ? 0 : firsts[count - 1] + rows[count - 1];
  }

  int count() {
    return count;
  }

  int first(int group) {
    return firsts[group];
  }

  int rows(int group) {
    return rows[group];
  }

  int few(int group) {
    return few[group];
  }

  List<Matrix> rights(int group) {
    return rights.get(group);
  }
}
