package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.kernel.parallel.ColumnSums;
import dev.fader.tensor.Tensor;

/// RMSNorm and LayerNorm, whole rows or in groups.
public final class Normalizer {
  private final Chunks chunks;
  private final ColumnSums sums;
  private final NormalizationLoops loops;

  public Normalizer(Chunks chunks, boolean vectors) {
    this.chunks = chunks;
    this.sums = new ColumnSums(chunks);
    loops = vectors ? new VectorNormalization() : new ScalarNormalization();
  }

  public void normalize(Normalization how, Matrix x, Matrix y, Tensor statistics) {
    var pass = pass(how, x, statistics);
    Floats.require(y, x.rows(), x.columns(), "the output of a normalisation");
    chunks.eachRow(x, row -> loops.forward(pass, y, row));
  }

  public void normalizeBackward(
      Normalization how, Matrix x, Tensor statistics, NormalizationGradient gradient) {
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

  private static NormalizationPass pass(Normalization how, Matrix x, Tensor statistics) {
    Floats.require(x, "the input of a normalisation");
    if (x.columns() % how.size() != 0) {
      throw new IllegalArgumentException(
          "%d columns cannot be normalised in groups of %d".formatted(x.columns(), how.size()));
    }
    var pass = new NormalizationPass(how, x, statistics);
    Floats.require(statistics, "the statistics of a normalisation");
    Floats.requireElements(
        statistics, 2L * x.rows() * pass.groups(), "the statistics of a normalisation");
    return pass;
  }
}
