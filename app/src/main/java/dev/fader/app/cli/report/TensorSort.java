package dev.fader.app.cli.report;

import dev.fader.inspect.tensor.TensorStatistics;
import java.util.Comparator;
import java.util.Locale;

/// In which order tensors are shown.
public enum TensorSort {
  /// As the file has them.
  FILE,
  NAME,
  SIZE,
  OUTLIERS,
  NORM,
  KURTOSIS,
  LARGEST,
  DEVIATION,
  ZEROS;

  /// The order; that of the file among equals.
  Comparator<TensorStatistics> order() {
    return switch (this) {
      case FILE -> (_, _) -> 0;
      case NAME -> Comparator.comparing(of -> of.entry().name());
      case SIZE -> largestFirst(of -> of.entry().bytes());
      case OUTLIERS -> largestFirst(TensorStatistics::outliers);
      case NORM -> largestFirst(TensorStatistics::norm);
      case KURTOSIS -> largestFirst(of -> Double.isNaN(of.kurtosis()) ? 0 : of.kurtosis());
      case LARGEST -> largestFirst(of -> Double.isNaN(of.largest()) ? 0 : of.largest());
      case DEVIATION -> largestFirst(TensorStatistics::deviation);
      case ZEROS -> largestFirst(TensorStatistics::zeroShare);
    };
  }

  private interface Key {
    double of(TensorStatistics statistics);
  }

  private static Comparator<TensorStatistics> largestFirst(Key key) {
    return (a, b) -> Double.compare(key.of(b), key.of(a));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
