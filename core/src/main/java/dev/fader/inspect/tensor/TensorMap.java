package dev.fader.inspect.tensor;

import dev.fader.format.FormatException;
import dev.fader.inspect.tensor.TensorSlice.Range;
import dev.fader.kernel.statistics.RunStatistics;

/// Rows and columns of a tensor as a picture of a few cells, each of which stands for some rows and
/// columns. All dimensions but the last together are rows.
///
/// @param name of the tensor
/// @param frame what it shows; no more cells than there are numbers
/// @param mean of the finite numbers of each cell, cell row by cell row; NaN where none is finite
/// @param largest of the finite numbers of each cell the one with the largest magnitude, with its
///   sign; NaN where none is finite
/// @param notFinite how many numbers are NaN or infinite
@SuppressWarnings("ArrayRecordComponent") // drawn, never compared
public record TensorMap(String name, Frame frame, float[] mean, float[] largest, long notFinite) {
  /// Rows of cells at most, and columns.
  public static final int MOST = 256;

  /// What is shown, and how large.
  ///
  /// @param height cells below each other at most
  /// @param width cells beside each other at most
  public record Frame(Range rows, Range columns, int height, int width) {
    /// @throws IllegalArgumentException if there is no cell, or a side has more than [#MOST]
    public Frame {
      requireCells("height", height);
      requireCells("width", width);
    }

    private static void requireCells(String what, int cells) {
      if (cells < 1 || cells > MOST) {
        throw new IllegalArgumentException(
            "the %s is %d cells, and must be from 1 to %d".formatted(what, cells, MOST));
      }
    }

    private Frame withinNumbers() {
      return new Frame(
          rows,
          columns,
          (int) Math.min(height, rows.count()),
          (int) Math.min(width, columns.count()));
    }
  }

  /// The largest magnitude of all; 0 if nothing is finite.
  public float limit() {
    float limit = 0;
    for (float value : largest) {
      limit = Float.isNaN(value) ? limit : Math.max(limit, Math.abs(value));
    }
    return limit;
  }

  /// Where cell `index` of so many begins in a range. Rows and columns are counted by the bytes of
  /// a file, so that the product does not overflow.
  static long start(Range range, int index, int cells) {
    return range.from() + Math.multiplyExact(range.count(), index) / cells;
  }

  /// A picture that is being made: rows of cells are made one by one, by any thread each.
  static final class Drawing {
    private static final int LONGEST = RunStatistics.LONGEST;

    private final ModelTensor tensor;
    private final Frame frame;
    private final float[] mean;
    private final float[] largest;
    private final long[] notFinite; // by row of cells

    /// @throws IndexOutOfBoundsException if the tensor has no such rows or columns
    /// @throws IllegalArgumentException if they are none
    /// @throws UnsupportedOperationException if the type is not decoded
    Drawing(ModelTensor tensor, Frame wanted) {
      var entry = tensor.entry();
      TensorSlice.require(entry, "row", wanted.rows, entry.rows());
      TensorSlice.require(entry, "column", wanted.columns, entry.columns());
      if (!tensor.isReadable()) {
        throw new UnsupportedOperationException(
            "the numbers of %s are stored as %s, which is not decoded"
                .formatted(FormatException.quoted(entry.name()), entry.type()));
      }
      this.tensor = tensor;
      this.frame = wanted.withinNumbers();
      this.mean = new float[frame.height * frame.width];
      this.largest = new float[frame.height * frame.width];
      this.notFinite = new long[frame.height];
    }

    int height() {
      return frame.height;
    }

    /// Makes one row of cells.
    void draw(int cellRow, ScanWindow window) {
      long end = start(frame.rows, cellRow + 1, frame.height);
      var cells = new Cells(frame);
      window.clear();
      for (long row = start(frame.rows, cellRow, frame.height); row < end; row++) {
        read(row, end, window, cells);
      }
      for (int cell = 0; cell < frame.width; cell++) {
        int at = cellRow * frame.width + cell;
        boolean something = cells.counts[cell] > 0;
        mean[at] = something ? (float) (cells.sums[cell] / cells.counts[cell]) : Float.NaN;
        largest[at] = something ? cells.largest[cell] : Float.NaN;
      }
      notFinite[cellRow] = cells.notFinite;
    }

    /// Reads the columns of one row, from the block on in which they begin.
    private void read(long row, long endRow, ScanWindow window, Cells cells) {
      long columns = tensor.entry().columns();
      long base = row * columns;
      int block = tensor.blockSize();
      long from = (base + frame.columns.from()) / block * block;
      long end = base + frame.columns.end();
      boolean wholeRows = frame.columns.count() == columns;
      long last = Math.ceilDiv(wholeRows ? endRow * columns : end, (long) block) * block;
      for (long first = from; first < end; first += LONGEST) {
        int count = (int) Math.min(LONGEST, end - first);
        int whole = (int) Math.min(LONGEST, Math.ceilDiv(end - first, (long) block) * block);
        var numbers = window.read(tensor, first, whole, last);
        int skipped = (int) Math.max(0, base + frame.columns.from() - first);
        cells.add(numbers, skipped, count, first - base);
      }
    }

    TensorMap result() {
      long sum = 0;
      for (long some : notFinite) {
        sum += some;
      }
      return new TensorMap(tensor.entry().name(), frame, mean, largest, sum);
    }
  }

  /// One row of cells.
  private static final class Cells {
    private final long[] starts; // of each cell, and where the last one ends
    private final double[] sums;
    private final long[] counts;
    private final float[] largest;
    private long notFinite;

    Cells(Frame frame) {
      starts = new long[frame.width + 1];
      for (int cell = 0; cell <= frame.width; cell++) {
        starts[cell] = start(frame.columns, cell, frame.width);
      }
      sums = new double[frame.width];
      counts = new long[frame.width];
      largest = new float[frame.width];
    }

    /// Adds the numbers from `from` to `end - 1` of a run whose first one is in `column`.
    void add(float[] numbers, int from, int end, long column) {
      int at = from;
      int cell = cellOf(column + from);
      while (at < end) {
        int next = (int) Math.min(end, starts[cell + 1] - column);
        add(numbers, at, next, cell);
        at = next;
        cell++;
      }
    }

    private int cellOf(long column) {
      int cell = 0;
      while (starts[cell + 1] <= column) {
        cell++;
      }
      return cell;
    }

    private void add(float[] numbers, int from, int end, int cell) {
      double sum = 0;
      float most = largest[cell];
      int finite = 0;
      for (int i = from; i < end; i++) {
        float x = numbers[i];
        if (Float.isFinite(x)) {
          sum += x;
          most = Math.abs(x) > Math.abs(most) ? x : most;
          finite++;
        }
      }
      sums[cell] += sum;
      counts[cell] += finite;
      largest[cell] = most;
      notFinite += end - from - finite;
    }
  }
}
