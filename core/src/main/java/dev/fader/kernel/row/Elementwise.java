package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.kernel.parallel.ColumnSums;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;

/// Operations on one element at a time, and sums of rows.
public final class Elementwise {
  private final Chunks chunks;
  private final ColumnSums sums;
  private final Loops loops;

  public Elementwise(Chunks chunks, boolean vectors) {
    this.chunks = chunks;
    this.sums = new ColumnSums(chunks);
    loops = Loops.of(vectors);
  }

  /// `sum = a + b`; sum may be a or b.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void add(Matrix a, Matrix b, Matrix sum) {
    adding(a, b, sum).run();
  }

  /// What [#add] does, to be run as often as one likes.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public RowPass adding(Matrix a, Matrix b, Matrix sum) {
    Floats.require(sum, "a sum");
    Floats.require(a, sum.rows(), sum.columns(), "a term");
    Floats.require(b, sum.rows(), sum.columns(), "a term");
    return chunks.pass(sum, row -> loops.add(a, b, sum, row));
  }

  /// Adds `bias` (columns) to every row of x.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void addRow(Matrix x, Tensor bias) {
    addingRow(x, bias).run();
  }

  /// What [#addRow] does, to be run as often as one likes.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public RowPass addingRow(Matrix x, Tensor bias) {
    Floats.require(x, "what a bias is added to");
    requireRow(bias, x, "a bias");
    return chunks.pass(x, row -> loops.addRow(x, bias, row));
  }

  /// Adds `biases[which[r]]` (columns) to row r of x, as often as it is run.
  ///
  /// @param which (rows), as it is when the pass is run
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public RowPass addingRows(Matrix x, List<Tensor> biases, int[] which) {
    Floats.require(x, "what biases are added to");
    for (var bias : biases) {
      requireRow(bias, x, "a bias");
    }
    if (which.length != x.rows()) {
      throw new IllegalArgumentException(
          "%d rows need as many numbers of biases, not %d".formatted(x.rows(), which.length));
    }
    return chunks.pass(x, row -> loops.addRow(x, biases.get(which[row]), row));
  }

  /// Adds the sum of the rows of x to `into` (columns).
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void sumRows(Matrix x, Tensor into) {
    Floats.require(x, "summed rows");
    requireRow(into, x, "the sum of rows");
    synchronized (sums) {
      sums.gather(x, x.columns(), (partial, row) -> loops.accumulate(x, row, partial));
      sums.addTo(into, 0);
    }
  }

  /// target = source.
  ///
  /// @throws IllegalArgumentException if the sizes differ or one is not float32
  public void copy(Matrix source, Matrix target) {
    copying(source, target).run();
  }

  /// What [#copy] does, to be run as often as one likes.
  ///
  /// @throws IllegalArgumentException if the sizes differ or one is not float32
  public RowPass copying(Matrix source, Matrix target) {
    Floats.require(source, "a copied matrix");
    Floats.require(target, source.rows(), source.columns(), "a copy");
    return chunks.pass(source, row -> copyRow(source, target, row));
  }

  private static void copyRow(Matrix source, Matrix target, int row) {
    MemorySegment.copy(
        source.tensor().segment(),
        Float.BYTES * (source.offset() + row * source.rowStride()),
        target.tensor().segment(),
        Float.BYTES * (target.offset() + row * target.rowStride()),
        (long) Float.BYTES * source.columns());
  }

  /// Multiplies x by `factor`, in place.
  ///
  /// @throws IllegalArgumentException if x is not float32
  public void scale(Matrix x, float factor) {
    scaling(x, factor).run();
  }

  /// What [#scale] does, to be run as often as one likes.
  ///
  /// @throws IllegalArgumentException if x is not float32
  public RowPass scaling(Matrix x, float factor) {
    Floats.require(x, "a scaled matrix");
    return chunks.pass(x, row -> loops.scale(x, factor, row));
  }

  /// Adds `factor` times the signs of x to `sum` in some rows: the slope of the sum of absolute
  /// values.
  ///
  /// @param rows whose slope is wanted
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void addSigns(Matrix x, float factor, BitSet rows, Matrix sum) {
    Floats.require(x, "numbers with signs");
    Floats.require(sum, x.rows(), x.columns(), "a sum of signs");
    chunks.eachRow(
        x,
        row -> {
          if (rows.get(row)) {
            loops.addSigns(x, factor, sum, row);
          }
        });
  }

  /// Multiplies row r of x by `factors[r]`, in place.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void scaleRows(Matrix x, Tensor factors) {
    scalingRows(x, factors).run();
  }

  /// What [#scaleRows] does, to be run as often as one likes.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public RowPass scalingRows(Matrix x, Tensor factors) {
    return scalingRows(x, factors, 1);
  }

  /// The same with factors that are all multiplied with `scale`.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public RowPass scalingRows(Matrix x, Tensor factors, float scale) {
    Floats.require(x, "a scaled matrix");
    Floats.require(factors, "the factors of rows");
    Floats.requireElements(factors, x.rows(), "the factors of rows");
    return chunks.pass(x, row -> loops.scale(x, scale * factors.get(row), row));
  }

  /// Multiplies every row of x by `factors` (columns), element by element.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void multiplyRow(Matrix x, Tensor factors) {
    multiplyingRow(x, factors).run();
  }

  /// What [#multiplyRow] does, to be run as often as one likes.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public RowPass multiplyingRow(Matrix x, Tensor factors) {
    Floats.require(x, "a multiplied matrix");
    requireRow(factors, x, "the factors of columns");
    return chunks.pass(x, row -> loops.multiplyRow(x, factors, row));
  }

  /// Multiplies x by `factor`, element by element.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void multiply(Matrix factor, Matrix x) {
    Floats.require(x, "a multiplied matrix");
    Floats.require(factor, x.rows(), x.columns(), "a factor");
    chunks.eachRow(x, row -> loops.multiply(factor, x, row));
  }

  /// Adds the sum over all rows of `a * b`, element by element, to `into` (columns).
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void sumProducts(Matrix a, Matrix b, Tensor into) {
    Floats.require(a, "a factor");
    Floats.require(b, a.rows(), a.columns(), "a factor");
    requireRow(into, a, "the sum of rows");
    synchronized (sums) {
      sums.gather(a, a.columns(), (partial, row) -> loops.accumulateProducts(a, b, row, partial));
      sums.addTo(into, 0);
    }
  }

  /// Sets `dots[r]` to the product of row r of a with row r of b.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void dotRows(Matrix a, Matrix b, float[] dots) {
    Floats.require(a, "a factor");
    Floats.require(b, a.rows(), a.columns(), "a factor");
    if (dots.length != a.rows()) {
      throw new IllegalArgumentException(
          "%d rows have as many products, not %d".formatted(a.rows(), dots.length));
    }
    chunks.eachRow(a, row -> dots[row] = loops.dot(a, b, row));
  }

  /// `x = cap * tanh(x / cap)`, in place.
  ///
  /// @throws IllegalArgumentException if the cap is not positive
  public void softCap(Matrix x, float cap) {
    softCapping(x, cap).run();
  }

  /// What [#softCap] does, to be run as often as one likes.
  ///
  /// @throws IllegalArgumentException if the cap is not positive
  public RowPass softCapping(Matrix x, float cap) {
    Floats.require(x, "a capped matrix");
    requireCap(cap);
    return chunks.pass(x, row -> loops.softCap(x, cap, row));
  }

  /// Multiplies `gradient` by the slope of the cap, taken from what came out of it: `1 - (y /
  /// cap)^2`.
  ///
  /// @throws IllegalArgumentException if the shapes do not fit or the cap is not positive
  public void softCapBackward(Matrix y, float cap, Matrix gradient) {
    Floats.require(y, "a capped matrix");
    Floats.require(gradient, y.rows(), y.columns(), "the gradient of a capped matrix");
    requireCap(cap);
    chunks.eachRow(y, row -> loops.softCapBackward(y, cap, gradient, row));
  }

  /// Sets y to x with some elements dropped; y may be x. Applied to the gradient it is its own
  /// backward pass.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
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

  /// One row of each operation that looks at one element at a time.
  sealed interface Loops permits ScalarElementwise, VectorElementwise {
    static Loops of(boolean vectors) {
      return vectors ? new VectorElementwise() : new ScalarElementwise();
    }

    /// sum = a + b; sum may be either.
    void add(Matrix a, Matrix b, Matrix sum, int row);

    /// product *= factor.
    void multiply(Matrix factor, Matrix product, int row);

    /// The gradient of a gated activation: its input holds f'(gate) and f(gate), and gets `dy * up
    /// * f'(gate)` and `dy * f(gate)`.
    void multiplyGated(Matrix up, Activations.Gradient gradient, int row);

    /// into[intoRow] += x[row].
    void accumulate(Matrix x, int row, Matrix into, int intoRow);

    /// into[intoRow] += factor * x[row].
    void accumulate(Matrix x, int row, float factor, Matrix into, int intoRow);

    /// The sum of a[row, c] * b[row, c].
    float dot(Matrix a, Matrix b, int row);

    /// sums[c] += x[row, c].
    void accumulate(Matrix x, int row, float[] sums);

    /// sums[c] += a[row, c] * b[row, c].
    void accumulateProducts(Matrix a, Matrix b, int row, float[] sums);

    /// x *= factors.
    void multiplyRow(Matrix x, Tensor factors, int row);

    /// x += bias.
    void addRow(Matrix x, Tensor bias, int row);

    /// sum += factor * sign(x).
    void addSigns(Matrix x, float factor, Matrix sum, int row);

    /// x *= factor.
    void scale(Matrix x, float factor, int row);

    /// x = cap * tanh(x / cap).
    void softCap(Matrix x, float cap, int row);

    /// gradient *= 1 - (y / cap)^2.
    void softCapBackward(Matrix y, float cap, Matrix gradient, int row);

    /// y = x with the dropped elements 0 and the others scaled; y may be x.
    void dropout(Dropout dropout, Matrix x, Matrix y, int row);

    /// Rotates every head of the row by the angles at `position`.
    void rotate(Rotation rotation, Matrix x, int row, int position);
  }
}
