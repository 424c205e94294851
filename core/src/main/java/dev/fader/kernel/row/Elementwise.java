package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.kernel.parallel.ColumnSums;
import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// Operations on one element at a time, and sums of rows.
public final class Elementwise {
  private final Chunks chunks;
  private final ColumnSums sums;
  private final ElementwiseLoops loops;

  public Elementwise(Chunks chunks, boolean vectors) {
    this.chunks = chunks;
    this.sums = new ColumnSums(chunks);
    loops = ElementwiseLoops.of(vectors);
  }

  public void add(Matrix a, Matrix b, Matrix sum) {
    Floats.require(sum, "a sum");
    Floats.require(a, sum.rows(), sum.columns(), "a term");
    Floats.require(b, sum.rows(), sum.columns(), "a term");
    chunks.eachRow(sum, row -> loops.add(a, b, sum, row));
  }

  public void addRow(Matrix x, Tensor bias) {
    Floats.require(x, "what a bias is added to");
    requireRow(bias, x, "a bias");
    chunks.eachRow(x, row -> loops.addRow(x, bias, row));
  }

  public void sumRows(Matrix x, Tensor into) {
    Floats.require(x, "summed rows");
    requireRow(into, x, "the sum of rows");
    synchronized (sums) {
      sums.gather(x, x.columns(), (partial, row) -> loops.accumulate(x, row, partial));
      sums.addTo(into, 0);
    }
  }

  public void copy(Matrix source, Matrix target) {
    Floats.require(source, "a copied matrix");
    Floats.require(target, source.rows(), source.columns(), "a copy");
    chunks.eachRow(
        source,
        row ->
            MemorySegment.copy(
                source.tensor().segment(),
                Float.BYTES * (source.offset() + row * source.rowStride()),
                target.tensor().segment(),
                Float.BYTES * (target.offset() + row * target.rowStride()),
                (long) Float.BYTES * source.columns()));
  }

  public void scale(Matrix x, float factor) {
    Floats.require(x, "a scaled matrix");
    chunks.eachRow(x, row -> loops.scale(x, factor, row));
  }

  public void scaleRows(Matrix x, Tensor factors) {
    Floats.require(x, "a scaled matrix");
    Floats.require(factors, "the factors of rows");
    Floats.requireElements(factors, x.rows(), "the factors of rows");
    chunks.eachRow(x, row -> loops.scale(x, factors.get(row), row));
  }

  public void softCap(Matrix x, float cap) {
    Floats.require(x, "a capped matrix");
    requireCap(cap);
    chunks.eachRow(x, row -> loops.softCap(x, cap, row));
  }

  public void softCapBackward(Matrix y, float cap, Matrix gradient) {
    Floats.require(y, "a capped matrix");
    Floats.require(gradient, y.rows(), y.columns(), "the gradient of a capped matrix");
    requireCap(cap);
    chunks.eachRow(y, row -> loops.softCapBackward(y, cap, gradient, row));
  }

  public void dropout(Dropout dropout, Matrix x, Matrix y) {
    Floats.require(x, "the input of a dropout");
    Floats.require(y, x.rows(), x.columns(), "the output of a dropout");
    chunks.eachRow(x, row -> loops.dropout(dropout, x, y, row));
  }

  private static void requireRow(Tensor row, Matrix x, String what) {
    Floats.require(row, what);
    Floats.requireElements(row, x.columns(), what);
  }

  private static void requireCap(float cap) {
    if (!(cap > 0)) {
      throw new IllegalArgumentException("a soft cap must be positive, not " + cap);
    }
  }
}
