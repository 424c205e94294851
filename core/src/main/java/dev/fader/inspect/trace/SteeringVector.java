package dev.fader.inspect.trace;

import dev.fader.grad.Variable;
import dev.fader.model.Site;
import dev.fader.model.intervention.Addition;
import dev.fader.model.mix.Selection;
import dev.fader.model.mix.Steering;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;

/// A direction of the residual stream that tells texts of one kind from texts of another
/// (activation addition, Turner et al. 2023; contrastive, Rimsky et al. 2024): the mean difference
/// between the streams before a layer, after the last tokens of pairs of texts or over all of
/// theirs. Added while a text is written, it makes it more of that kind.
///
/// @param layer before which it is added
/// @param direction (width): 1 times what tells them apart
/// @param streamNorm the mean norm of the streams that it was made of: what its own is compared to
@SuppressWarnings("ArrayRecordComponent") // looked at, never compared
public record SteeringVector(int layer, float[] direction, double streamNorm) {
  /// Two texts that differ in what is to be steered.
  @SuppressWarnings("ArrayRecordComponent") // looked at, never compared
  public record Pair(int[] more, int[] less) {}

  /// The vector of some pairs.
  ///
  /// @throws IllegalArgumentException if there are no pairs or no such layer, or a token is out of
  ///   range
  /// @throws dev.fader.generate.ContextFullException if a text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for one
  public static SteeringVector of(TracedModel model, List<Pair> pairs, int layer) {
    return of(model, pairs, layer, Over.LAST);
  }

  /// Which tokens of a text tell its kind.
  public enum Over {
    /// The last one, which has seen all the others: for texts that end in what tells them apart.
    LAST,
    /// All but the first, whose stream is unlike the others' (attention sinks, Xiao et al. 2023):
    /// for texts about something, such as cats.
    ALL
  }

  /// The vector of some pairs, read over some of their tokens.
  ///
  /// @throws IllegalArgumentException if there are no pairs or no such layer, or a token is out of
  ///   range
  /// @throws dev.fader.generate.ContextFullException if a text is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for one
  public static SteeringVector of(TracedModel model, List<Pair> pairs, int layer, Over over) {
    model.requireLayer(layer);
    if (pairs.isEmpty()) {
      throw new IllegalArgumentException("no pairs of texts to tell apart: give at least one");
    }
    var sum = new double[model.config().width()];
    double norms = 0;
    for (var pair : pairs) {
      norms += add(stream(model, pair.more, layer, over), sum, 1);
      norms += add(stream(model, pair.less, layer, over), sum, -1);
    }
    var direction = new float[sum.length];
    for (int i = 0; i < sum.length; i++) {
      direction[i] = (float) (sum[i] / pairs.size());
    }
    return new SteeringVector(layer, direction, norms / (2.0 * pairs.size()));
  }

  /// The stream after each token that is read.
  private static List<float[]> stream(TracedModel model, int[] ids, int layer, Over over) {
    try (var pass = new TextPass(model, ids)) {
      var place = Site.RESIDUAL.in(layer);
      var stream = pass.observe(List.of(place)).at(place);
      int last = ids.length - 1;
      var rows = new ArrayList<float[]>();
      for (int row = over == Over.ALL ? Math.min(1, last) : last; row <= last; row++) {
        rows.add(TextPass.row(stream, row));
      }
      return rows;
    }
  }

  /// Adds the mean of some rows, and gives the mean of their norms.
  private static double add(List<float[]> rows, double[] sum, double factor) {
    double norms = 0;
    for (var row : rows) {
      double squares = 0;
      for (int i = 0; i < row.length; i++) {
        sum[i] += factor * row[i] / rows.size();
        squares += (double) row[i] * row[i];
      }
      norms += Math.sqrt(squares) / rows.size();
    }
    return norms;
  }

  /// Its length.
  public double norm() {
    double squares = 0;
    for (float some : direction) {
      squares += (double) some * some;
    }
    return Math.sqrt(squares);
  }

  /// The same as part of a mix.
  ///
  /// @param strength what it is multiplied with
  public Steering steering(float strength) {
    var numbers = new ArrayList<Float>();
    for (float number : direction) {
      numbers.add(number);
    }
    return new Steering(Selection.of(layer), numbers, strength);
  }

  /// What adds it to every token, for [dev.fader.model.Decoder#intervened].
  ///
  /// @param arena where it lies, which must stay open as long as it is used
  /// @param strength what it is multiplied with: less than 0 steers the other way
  @SuppressWarnings("exports") // of the decoder, which takes it
  public Addition addition(TensorArena arena, float strength) {
    var row = arena.floats(direction.length).copyFrom(direction);
    return new Addition(Site.RESIDUAL.in(layer), Variable.fixed(row), strength);
  }
}
