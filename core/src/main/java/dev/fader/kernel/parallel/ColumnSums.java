package dev.fader.kernel.parallel;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import java.util.Arrays;

/// Sums over rows by column: each run of rows has a partial sum, and these are added in their
/// order, so that no bit depends on who ran when. The partial sums are kept from call to call, on
/// the heap.
public final class ColumnSums {
  private final Chunks chunks;
  private float[][] partial = new float[0][];

  public ColumnSums(Chunks chunks) {
    this.chunks = chunks;
  }

  /// Adds one row to the sums of its run.
  public interface Row {
    public void addTo(float[] sums, int row);
  }

  /// Takes `width` sums over the rows of x. [#addTo] reads them, under the same lock.
  public void gather(Matrix x, int width, Row task) {
    int rows = x.rows();
    int rowsPerSum = Chunks.rowsPerSum(rows);
    int runs = Math.max(1, Math.ceilDiv(rows, rowsPerSum));
    reserve(runs, width);
    Arrays.fill(partial[0], 0, width, 0);
    chunks.overSums(
        rows,
        x.columns(),
        (from, end) -> {
          var sums = partial[from / rowsPerSum];
          Arrays.fill(sums, 0, width, 0);
          for (int row = from; row < end; row++) {
            task.addTo(sums, row);
          }
        });
    for (int run = 1; run < runs; run++) {
      addPartial(partial[0], partial[run], width);
    }
  }

  private void reserve(int runs, int width) {
    if (partial.length < runs || partial[0].length < width) {
      int length = Math.max(width, partial.length == 0 ? 0 : partial[0].length);
      partial = new float[Math.max(runs, partial.length)][length];
    }
  }

  private static void addPartial(float[] total, float[] partial, int width) {
    for (int i = 0; i < width; i++) {
      total[i] += partial[i];
    }
  }

  /// Adds the sums from `first` on, as many as it has elements, to a tensor.
  public void addTo(Tensor tensor, int first) {
    var segment = tensor.segment();
    var total = partial[0];
    for (int i = 0, length = Math.toIntExact(tensor.elements()); i < length; i++) {
      Floats.set(segment, 0, i, Floats.get(segment, 0, i) + total[first + i]);
    }
  }
}
