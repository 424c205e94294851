package dev.fader.inspect.trace;

import dev.fader.model.Intervention;
import dev.fader.model.Place;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// The numbers that flow at one place of the decoder while it reads a text.
///
/// @param columns numbers a token
/// @param mean of all that are finite
/// @param deviation of them
/// @param norm of a token's numbers, on average
/// @param largest magnitude
/// @param largestPosition the token where it is
/// @param largestColumn its column
/// @param zeros the share of zeros
/// @param notFinite how many are infinite or not a number
public record SiteStatistics(
    Place place,
    int columns,
    double mean,
    double deviation,
    double norm,
    double largest,
    int largestPosition,
    int largestColumn,
    double zeros,
    long notFinite) {

  /// Reads a text, and looks at every place that it passes, in their order.
  ///
  /// @throws IllegalArgumentException if a token is out of range
  /// @throws dev.fader.generate.ContextFullException if the text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  public static List<SiteStatistics> of(TracedModel model, int[] ids) {
    var all = new ArrayList<SiteStatistics>();
    Intervention looking =
        (tape, x, place) -> tape.observe(x, numbers -> all.add(of(place, numbers)));
    try (var pass = new TextPass(model, ids)) {
      pass.run(looking);
    }
    return List.copyOf(all);
  }

  /// @param numbers (tokens, columns)
  static SiteStatistics of(Place place, Tensor numbers) {
    var sums = new Sums();
    int rows = numbers.shape().size(0);
    for (int row = 0; row < rows; row++) {
      sums.add(row, TextPass.row(numbers, row));
    }
    return sums.of(place, rows, numbers.shape().size(1));
  }

  private static final class Sums {
    private double sum;
    private double squares;
    private double norms;
    private double largest;
    private int largestRow;
    private int largestColumn;
    private long zeros;
    private long notFinite;

    void add(int row, float[] numbers) {
      double own = 0;
      for (int column = 0; column < numbers.length; column++) {
        double x = numbers[column];
        if (!Double.isFinite(x)) {
          notFinite++;
          continue;
        }
        sum += x;
        own += x * x;
        zeros += x == 0 ? 1 : 0;
        if (Math.abs(x) > largest) {
          largest = Math.abs(x);
          largestRow = row;
          largestColumn = column;
        }
      }
      squares += own;
      norms += Math.sqrt(own);
    }

    SiteStatistics of(Place place, int rows, int columns) {
      long all = (long) rows * columns;
      double count = Math.max(1, all - notFinite);
      double mean = sum / count;
      double variance = Math.max(0, squares / count - mean * mean);
      return new SiteStatistics(
          place,
          columns,
          mean,
          Math.sqrt(variance),
          norms / rows,
          largest,
          largestRow,
          largestColumn,
          (double) zeros / all,
          notFinite);
    }
  }
}
