package dev.fader.inspect.tensor;

import dev.fader.kernel.statistics.Moments;
import dev.fader.kernel.statistics.RunStatistics;
import dev.fader.kernel.statistics.RunSums;
import java.util.Arrays;
import java.util.Optional;

/// Some consecutive rows of a tensor, and what their numbers are like. Used again for those of the
/// next tensor, since a scan should leave no garbage behind.
final class ScannedRows {
  private static final int LONGEST = RunStatistics.LONGEST;
  private static final int ROWS = RunStatistics.ROWS;

  /// Numbers of which about a million are counted in the histogram.
  private static final long MANY = 1 << 20;

  /// Spreads consecutive numbers of runs (Fibonacci hashing).
  private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

  private final RunSums run = new RunSums();
  private final Moments moments = new Moments();
  private final LineNorms.Sum rowNorms = new LineNorms.Sum();
  private final long[] histogram = MagnitudeHistogram.counters();
  private double[] columnSquares = new double[0];
  private long zerosInHistogram;
  private float least;
  private float greatest;
  private long zeros;
  private long notNumbers;
  private long infinities;
  private long constantRows;
  private double squares;
  private long outliers;

  /// Least and greatest number of each group of consecutive runs, to find outliers by.
  private float[] extremes = new float[0];

  private int groups;
  private int runsPerGroup;
  private long firstRow;
  private long endRow;

  // Of the rows that are being read.
  private final double[] rowSquares = new double[ROWS];
  private final float[] rowFirst = new float[ROWS];
  private final boolean[] rowIsConstant = new boolean[ROWS];

  void clear() {
    moments.clear();
    rowNorms.clear();
    Arrays.fill(histogram, 0);
    zerosInHistogram = 0;
    least = Float.POSITIVE_INFINITY;
    greatest = Float.NEGATIVE_INFINITY;
    zeros = 0;
    notNumbers = 0;
    infinities = 0;
    constantRows = 0;
    squares = 0;
    outliers = 0;
    groups = 0;
  }

  /// Reads the rows `from` to `end - 1`, four at a time while there are as many.
  ///
  /// @param columns how many sums of squares by column are taken: all or none
  /// @param window to read through
  void scan(ModelTensor tensor, long from, long end, int columns, ScanWindow window) {
    clear();
    firstRow = from;
    endRow = end;
    if (columnSquares.length < columns) {
      columnSquares = new double[columns];
    }
    Arrays.fill(columnSquares, 0, columns, 0);
    long width = tensor.entry().columns();
    int together = together(width, tensor, window);
    // Runs of narrow rows are so short that their extremes are kept for many together.
    runsPerGroup = (int) Math.max(1, LONGEST / Math.max(1, together * width));
    long every = Math.max(1, Math.ceilDiv(tensor.entry().elements(), MANY));
    long runsPerRows = Math.ceilDiv(width, (long) LONGEST / together);
    window.begin(end);
    long runs = 0;
    int height;
    for (long row = from; row < end; row += height) {
      height = end - row < together ? 1 : together;
      beginRows(width);
      for (long start = 0; start < width; start += LONGEST / height) {
        int count = (int) Math.min(LONGEST / height, width - start);
        run.next(height, count);
        var numbers = window.read(tensor, row, start, run);
        if (columns == 0) {
          window.runs().measure(numbers, run, window.unwanted(), 0);
        } else {
          window.runs().measure(numbers, run, columnSquares, (int) start);
        }
        addRun(runs++, numbers, start == 0);
        long index = row * runsPerRows + start / (LONGEST / height);
        if (every == 1 || Long.remainderUnsigned((index * GOLDEN) >>> 32, every) == 0) {
          MagnitudeHistogram.count(numbers, run.count(), histogram);
          zerosInHistogram += run.zeros();
        }
      }
      endRows(row, height, width);
    }
  }

  /// As many rows as are measured together: what is read at a time must hold them.
  private static int together(long width, ModelTensor tensor, ScanWindow window) {
    return width <= window.capacity(tensor) / ROWS ? ROWS : 1;
  }

  private void beginRows(long width) {
    Arrays.fill(rowSquares, 0);
    Arrays.fill(rowIsConstant, width > 0);
  }

  private void addRun(long index, float[] numbers, boolean beginsRows) {
    moments.add(run.moments());
    zeros += run.zeros();
    notNumbers += run.notNumbers();
    infinities += run.infinities();
    least = Math.min(least, run.least());
    greatest = Math.max(greatest, run.greatest());
    for (int row = 0; row < run.rows(); row++) {
      rowSquares[row] += run.squares(row);
      if (beginsRows) {
        rowFirst[row] = numbers[row * run.columns()];
      }
      if (rowIsConstant[row]) {
        rowIsConstant[row] =
            Float.isFinite(rowFirst[row]) && isAll(rowFirst[row], numbers, row * run.columns());
      }
    }
    int group = Math.toIntExact(index / runsPerGroup);
    if (group == groups) {
      if (extremes.length < 2 * groups + 2) {
        extremes = Arrays.copyOf(extremes, Math.max(64, 4 * groups));
      }
      extremes[2 * groups] = run.least();
      extremes[2 * groups + 1] = run.greatest();
      groups++;
    } else {
      extremes[2 * group] = Math.min(extremes[2 * group], run.least());
      extremes[2 * group + 1] = Math.max(extremes[2 * group + 1], run.greatest());
    }
  }

  /// Whether a row of the run has one number only. In most rows the second differs.
  private boolean isAll(float value, float[] numbers, int from) {
    for (int i = 0; i < run.columns(); i++) {
      if (numbers[from + i] != value) {
        return false;
      }
    }
    return true;
  }

  private void endRows(long row, int height, long width) {
    for (int i = 0; i < height; i++) {
      squares += rowSquares[i];
      boolean dead = rowIsConstant[i] && rowFirst[i] == 0;
      rowNorms.add(row + i, rowSquares[i], dead);
      constantRows += rowIsConstant[i] && !dead && width > 1 ? 1 : 0;
    }
  }

  /// Counts the numbers that are more than `limit` from the mean, in those runs alone that have
  /// some.
  void countOutliers(ModelTensor tensor, double mean, double limit, ScanWindow window) {
    window.begin(endRow);
    long width = tensor.entry().columns();
    int together = together(width, tensor, window);
    long runs = 0;
    int height;
    for (long row = firstRow; row < endRow; row += height) {
      height = endRow - row < together ? 1 : together;
      for (long start = 0; start < width; start += LONGEST / height) {
        int group = Math.toIntExact(runs++ / runsPerGroup);
        if (mean - extremes[2 * group] > limit || extremes[2 * group + 1] - mean > limit) {
          run.next(height, (int) Math.min(LONGEST / height, width - start));
          var numbers = window.read(tensor, row, start, run);
          for (int i = 0; i < run.count(); i++) {
            double distance = Math.abs(numbers[i] - mean);
            outliers += distance > limit && distance < Double.POSITIVE_INFINITY ? 1 : 0;
          }
        }
      }
    }
  }

  /// Adds the rows after these.
  void add(ScannedRows later) {
    moments.add(later.moments);
    rowNorms.add(later.rowNorms);
    for (int i = 0; i < histogram.length; i++) {
      histogram[i] += later.histogram[i];
    }
    zerosInHistogram += later.zerosInHistogram;
    least = Math.min(least, later.least);
    greatest = Math.max(greatest, later.greatest);
    zeros += later.zeros;
    notNumbers += later.notNumbers;
    infinities += later.infinities;
    constantRows += later.constantRows;
    squares += later.squares;
  }

  Moments moments() {
    return moments;
  }

  double[] columnSquares() {
    return columnSquares;
  }

  long outliers() {
    return outliers;
  }

  TensorStatistics statistics(TensorEntry entry, long outliers, Optional<LineNorms> columns) {
    boolean something = moments.count() > 0;
    return new TensorStatistics(
        entry,
        moments.count(),
        notNumbers,
        infinities,
        zeros,
        something ? least : Double.NaN,
        something ? greatest : Double.NaN,
        moments.mean(),
        moments.deviation(),
        Math.sqrt(squares),
        moments.kurtosis(),
        outliers,
        constantRows,
        MagnitudeHistogram.of(histogram, zerosInHistogram),
        entry.rows() > 1 ? Optional.of(rowNorms.result()) : Optional.empty(),
        columns);
  }
}
