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

  /// Numbers of which about a million are counted in the histogram.
  private static final long MANY = 1 << 20;

  /// Spreads consecutive numbers of runs (Fibonacci hashing).
  private static final long GOLDEN = 0x9e37_79b9_7f4a_7c15L;

  private final RunSums run = new RunSums();
  private final Moments moments = new Moments();
  private final LineNorms.Sum rowNorms = new LineNorms.Sum();
  private final long[] histogram = new long[MagnitudeHistogram.FINE];
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

  /// Least and greatest number of each group of runs, to find outliers by.
  private float[] extremes = new float[0];

  private int groups;
  private long firstRow;
  private long endRow;

  // Of the row that is being read.
  private double rowSquares;
  private float rowLeast;
  private float rowGreatest;
  private boolean rowIsFinite;

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

  /// Reads the rows `from` to `end - 1`.
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
    long runsPerRow = Math.ceilDiv(width, (long) LONGEST);
    long every = Math.max(1, Math.ceilDiv(tensor.entry().elements(), MANY));
    window.clear();
    for (long row = from; row < end; row++) {
      beginRow();
      for (long start = 0; start < width; start += LONGEST) {
        int count = (int) Math.min(LONGEST, width - start);
        long first = row * width + start;
        var numbers = window.read(tensor, first, count, end * width);
        if (columns == 0) {
          window.runs().measure(numbers, count, run, window.unwanted(), 0);
        } else {
          window.runs().measure(numbers, count, run, columnSquares, (int) start);
        }
        addRun(group(row, start, width));
        long index = row * runsPerRow + start / LONGEST;
        if (every == 1 || Long.remainderUnsigned((index * GOLDEN) >>> 32, every) == 0) {
          MagnitudeHistogram.count(numbers, count, histogram);
          zerosInHistogram += run.zeros();
        }
      }
      endRow(row, width);
    }
  }

  /// The number of the group that a run belongs to: rows together until they are as long as a run.
  private int group(long row, long start, long width) {
    long perRow = Math.ceilDiv(width, (long) LONGEST);
    long group =
        perRow > 1
            ? (row - firstRow) * perRow + start / LONGEST
            : (row - firstRow) / rowsPerGroup(width);
    return Math.toIntExact(group);
  }

  private static long rowsPerGroup(long width) {
    return Math.max(1, LONGEST / Math.max(1, width));
  }

  private void beginRow() {
    rowSquares = 0;
    rowLeast = Float.POSITIVE_INFINITY;
    rowGreatest = Float.NEGATIVE_INFINITY;
    rowIsFinite = true;
  }

  private void addRun(int group) {
    moments.add(run.moments());
    zeros += run.zeros();
    notNumbers += run.notNumbers();
    infinities += run.infinities();
    rowIsFinite &= run.notNumbers() + run.infinities() == 0;
    rowSquares += run.squares();
    rowLeast = Math.min(rowLeast, run.least());
    rowGreatest = Math.max(rowGreatest, run.greatest());
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

  private void endRow(long row, long width) {
    squares += rowSquares;
    least = Math.min(least, rowLeast);
    greatest = Math.max(greatest, rowGreatest);
    boolean same = rowIsFinite && rowLeast == rowGreatest;
    rowNorms.add(row, rowSquares, same && rowLeast == 0);
    constantRows += same && rowLeast != 0 && width > 1 ? 1 : 0;
  }

  /// Counts the numbers that are more than `limit` from the mean, in those rows alone that have
  /// some.
  void countOutliers(ModelTensor tensor, double mean, double limit, ScanWindow window) {
    window.clear();
    long width = tensor.entry().columns();
    long perRow = Math.ceilDiv(width, (long) LONGEST);
    for (int group = 0; group < groups; group++) {
      if (mean - extremes[2 * group] > limit || extremes[2 * group + 1] - mean > limit) {
        long from = firstRow + (perRow > 1 ? group / perRow : group * rowsPerGroup(width));
        long start = perRow > 1 ? group % perRow * LONGEST : 0;
        long rows = perRow > 1 ? 1 : Math.min(rowsPerGroup(width), endRow - from);
        int count = (int) Math.min(LONGEST, rows * width - start);
        long first = from * width + start;
        var numbers = window.read(tensor, first, count, first + count);
        for (int i = 0; i < count; i++) {
          double distance = Math.abs(numbers[i] - mean);
          outliers += distance > limit && distance < Double.POSITIVE_INFINITY ? 1 : 0;
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
