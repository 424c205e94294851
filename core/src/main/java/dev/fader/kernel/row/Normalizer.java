package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.kernel.parallel.ColumnSums;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.tensor.Tensor;
import java.util.Optional;

/// RMSNorm and LayerNorm, whole rows or in groups.
public final class Normalizer {
  private final Chunks chunks;
  private final ColumnSums sums;
  private final Loops loops;

  public Normalizer(Chunks chunks, boolean vectors) {
    this.chunks = chunks;
    this.sums = new ColumnSums(chunks);
    loops = vectors ? new VectorNormalization() : new ScalarNormalization();
  }

  /// Normalises rows or groups of them: x and y are (rows, groups * size), and y may be x. Sets
  /// `statistics` (rows * groups, 2) to mean and 1 / deviation, which the backward pass needs.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void forward(Normalization how, Matrix x, Matrix y, Tensor statistics) {
    normalizing(pass(how, x, statistics), y).run();
  }

  /// What [#forward] does with what [#pass] has checked, to be run as often as one likes.
  ///
  /// @throws IllegalArgumentException if the shape or type of y does not fit
  public RowPass normalizing(Pass pass, Matrix y) {
    var x = pass.x();
    Floats.require(y, x.rows(), x.columns(), "the output of a normalisation");
    return chunks.pass(x, row -> loops.forward(pass, y, row));
  }

  /// Sets or adds to the gradient of x, and adds to those of weight and bias.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void backward(Normalization how, Matrix x, Tensor statistics, Gradient gradient) {
    var pass = pass(how, x, statistics);
    Floats.require(gradient.output(), x.rows(), x.columns(), "the gradient of a normalisation");
    Floats.require(
        gradient.input(), x.rows(), x.columns(), "the gradient of a normalisation's input");
    gradient.weight().ifPresent(weight -> requireWeight(how, weight));
    gradient.bias().ifPresent(bias -> requireWeight(how, bias));
    synchronized (sums) {
      sums.gather(
          x, 2 * how.size() + 2, (partial, row) -> loops.backward(pass, gradient, partial, row));
      gradient.weight().ifPresent(weight -> sums.addTo(weight, 0));
      gradient.bias().ifPresent(bias -> sums.addTo(bias, how.size()));
    }
  }

  private static void requireWeight(Normalization how, Tensor gradient) {
    Floats.require(gradient, "the gradient of a normalisation's weight");
    Floats.requireElements(gradient, how.size(), "the gradient of a normalisation's weight");
  }

  /// The operands of a pass, to be used as often as one likes.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public static Pass pass(Normalization how, Matrix x, Tensor statistics) {
    Floats.require(x, "the input of a normalisation");
    if (x.columns() % how.size() != 0) {
      throw new IllegalArgumentException(
          "%d columns cannot be normalised in groups of %d".formatted(x.columns(), how.size()));
    }
    var pass = new Pass(how, x, statistics);
    Floats.require(statistics, "the statistics of a normalisation");
    Floats.requireElements(
        statistics, 2L * x.rows() * pass.groups(), "the statistics of a normalisation");
    return pass;
  }

  /// The gradients of a normalisation.
  ///
  /// @param output the gradient of the loss by y, (rows, groups * size)
  /// @param input the gradient by x, of the same size; it may be `output` unless it is added to
  /// @param addToInput whether `input` is added to (a residual branch) or set
  /// @param weight (size), added to, or empty when it is not wanted
  /// @param bias (size), added to, or empty when it is not wanted
  public record Gradient(
      Matrix output,
      Matrix input,
      boolean addToInput,
      Optional<Tensor> weight,
      Optional<Tensor> bias) {}

  /// What both directions of a normalisation share. `statistics` holds mean and 1 / deviation of
  /// each group of each row.
  public record Pass(Normalization how, Matrix x, Tensor statistics) {
    int size() {
      return how.size();
    }

    int groups() {
      return x.columns() / how.size();
    }

    /// The byte at which the two statistics of a group begin. Groups are counted over all rows.
    static long statisticsStart(int group) {
      return (long) group << 3;
    }

    /// The byte of a matrix at which a group begins.
    long start(Matrix matrix, int group) {
      int row = group / groups();
      return Floats.start(matrix, row) + (((long) (group - row * groups()) * size()) << 2);
    }
  }

  /// One row of a normalisation.
  sealed interface Loops permits ScalarNormalization, VectorNormalization {
    /// Sets a row of y and its statistics; y may be x.
    void forward(Normalizer.Pass pass, Matrix y, int row);

    /// Sets a row of the gradient's input, or adds to it. Adds the row's part of the weight's
    /// gradient to `sums[0..size)` and of the bias' to `sums[size..2 size)`; the two behind them
    /// are scratch.
    void backward(Normalizer.Pass pass, Normalizer.Gradient gradient, float[] sums, int row);
  }
}
