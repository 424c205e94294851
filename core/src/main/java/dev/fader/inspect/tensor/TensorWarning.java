package dev.fader.inspect.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Something about a tensor that is seldom meant.
///
/// @param tensor its name
/// @param kind what it is
/// @param text the same in words, without the name
public record TensorWarning(String tensor, Kind kind, String text) {
  /// Kinds, the worst first.
  public enum Kind {
    NOT_NUMBERS,
    INFINITIES,
    ALL_ZERO,
    CONSTANT,
    DEAD_ROWS,
    DEAD_COLUMNS,
    CONSTANT_ROWS,
    EXTREME_OUTLIERS
  }

  /// With a number this many deviations away in its block, a format of sixteen levels has steps of
  /// five deviations: all but one in eighty of the others become zero.
  public static final int EXTREME = 40;

  /// What is odd about a tensor, the worst first.
  public static List<TensorWarning> of(TensorStatistics statistics) {
    var warnings = new Found(statistics.entry());
    warnings.addIf(
        statistics.notNumbers() > 0,
        Kind.NOT_NUMBERS,
        "%,d of %,d numbers are NaN",
        statistics.notNumbers(),
        statistics.entry().elements());
    warnings.addIf(
        statistics.infinities() > 0,
        Kind.INFINITIES,
        "%,d of %,d numbers are infinite",
        statistics.infinities(),
        statistics.entry().elements());
    boolean matrix = statistics.rows().isPresent();
    boolean bias = statistics.entry().name().endsWith("bias");
    boolean zero = statistics.zeros() == statistics.entry().elements() && statistics.zeros() > 0;
    if (zero) {
      warnings.addIf(matrix || !bias, Kind.ALL_ZERO, "all numbers are zero");
    } else if (matrix && statistics.least() == statistics.greatest()) {
      warnings.addIf(true, Kind.CONSTANT, "all numbers are %s", (float) statistics.least());
    } else {
      statistics.rows().ifPresent(rows -> warnings.addLines(Kind.DEAD_ROWS, "rows", rows));
      // Norms of columns leave out what is not finite: one of only such numbers looks like zeros.
      statistics
          .columns()
          .filter(columns -> statistics.notNumbers() + statistics.infinities() == 0)
          .ifPresent(columns -> warnings.addLines(Kind.DEAD_COLUMNS, "columns", columns));
      warnings.addIf(
          matrix && statistics.constantRows() > 0,
          Kind.CONSTANT_ROWS,
          "%,d of %,d rows have one number all along, which is not zero",
          statistics.constantRows(),
          statistics.entry().rows());
      warnings.addIf(
          statistics.farthest() > EXTREME,
          Kind.EXTREME_OUTLIERS,
          "a number is %.0f deviations from the mean",
          statistics.farthest());
    }
    return List.copyOf(warnings.warnings);
  }

  private record Found(TensorEntry entry, List<TensorWarning> warnings) {
    Found(TensorEntry entry) {
      this(entry, new ArrayList<>());
    }

    void addLines(Kind kind, String what, LineNorms lines) {
      addIf(
          lines.dead() > 0,
          kind,
          "%,d of %,d %s have nothing but zeros",
          lines.dead(),
          lines.count(),
          what);
    }

    void addIf(boolean isSo, Kind kind, String format, Object... numbers) {
      if (isSo) {
        warnings.add(
            new TensorWarning(entry.name(), kind, String.format(Locale.ROOT, format, numbers)));
      }
    }
  }
}
