package dev.fader.kernel;

import dev.fader.kernel.attention.AttentionInputs;
import dev.fader.kernel.attention.AttentionKernel;
import dev.fader.kernel.attention.AttentionResult;
import dev.fader.kernel.attention.AttentionShape;
import dev.fader.kernel.attention.ScalarAttention;
import dev.fader.kernel.attention.VectorAttention;
import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.optimizer.AdamW;
import dev.fader.kernel.optimizer.Moments;
import dev.fader.kernel.optimizer.Momentum;
import dev.fader.kernel.optimizer.Updates;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.product.ProductKernel;
import dev.fader.kernel.product.ScalarProduct;
import dev.fader.kernel.product.VectorProduct;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.ActivationGradient;
import dev.fader.kernel.row.ClampedGate;
import dev.fader.kernel.row.CrossEntropy;
import dev.fader.kernel.row.Dropout;
import dev.fader.kernel.row.Elementwise;
import dev.fader.kernel.row.Embedding;
import dev.fader.kernel.row.FeedForward;
import dev.fader.kernel.row.Normalization;
import dev.fader.kernel.row.NormalizationGradient;
import dev.fader.kernel.row.Normalizer;
import dev.fader.kernel.row.Predictions;
import dev.fader.kernel.row.Rotation;
import dev.fader.kernel.vector.Tier;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;

/// The arithmetic that models are made of, in scalar form and as Vector API twins. Which one runs
/// is chosen once, by [#choose].
///
/// A kernel is parallel over its [Workers] and gives the same bits for any number of them. Vectors
/// of another width give other last bits, since sums have as many parts as there are lanes. Kernels
/// may be called by several threads. Tensors are float32 unless said otherwise; an output may not
/// overlap an input unless said otherwise.
public final class Kernels {
  private final Workers workers;
  private final Tier tier;
  private final ProductKernel product;
  private final AttentionKernel attention;
  private final Elementwise elementwise;
  private final FeedForward feedForward;
  private final ClampedGate clampedGate;
  private final Normalizer normalizer;
  private final Embedding embedding;
  private final Predictions predictions;
  private final Updates updates;

  private Kernels(Workers workers, Tier tier, ProductKernel product, AttentionKernel attention) {
    this.workers = workers;
    this.tier = tier;
    this.product = product;
    this.attention = attention;
    var chunks = new Chunks(workers);
    boolean vectors = tier.bits() > 0;
    elementwise = new Elementwise(chunks, vectors);
    feedForward = new FeedForward(chunks, vectors);
    clampedGate = new ClampedGate(chunks);
    normalizer = new Normalizer(chunks, vectors);
    embedding = new Embedding(chunks, vectors);
    predictions = new Predictions(chunks, vectors);
    updates = new Updates(chunks, vectors);
  }

  /// The fastest kernels of this process: vectors of `-Dfader.vectorBits` (128, 256 or 512; 0 is
  /// scalar), or of the widest that the machine has. Scalar, with one line in the log, where java
  /// runs without the module `jdk.incubator.vector`.
  ///
  /// @throws IllegalArgumentException if the machine does not have the width that is asked for
  public static Kernels choose(Workers workers) {
    var tier = Tier.choose();
    return tier.bits() == 0
        ? scalar(workers, tier)
        : new Kernels(workers, tier, new VectorProduct(workers), new VectorAttention(workers));
  }

  /// The reference kernels.
  public static Kernels scalar(Workers workers) {
    return scalar(workers, new Tier(0, "scalar kernels, because the program asks for them"));
  }

  private static Kernels scalar(Workers workers, Tier tier) {
    return new Kernels(workers, tier, new ScalarProduct(workers), new ScalarAttention(workers));
  }

  /// The threads these kernels run on.
  public Workers workers() {
    return workers;
  }

  /// The width of a vector in bits, 0 for scalar kernels.
  public int vectorBits() {
    return tier.bits();
  }

  /// What computes: two processes that say the same give the same bits.
  public String arithmetic() {
    return tier.bits() == 0 ? "scalar kernels" : tier.bits() + "-bit vectors";
  }

  /// What was chosen and why, in one sentence.
  public String choice() {
    return tier.reason();
  }

  // --- matrix products

  /// c = a b, where a is (rows, inner), b (inner, columns) and c (rows, columns). Any strides; a
  /// and b may be stored as bfloat16 or float16, or in blocks, which are decoded as they are read.
  /// Every element is summed in the same order whatever the number of workers.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void multiply(Matrix a, Matrix b, Matrix c) {
    checkProduct(a, b, c);
    product.multiply(a, b, c, false);
  }

  /// c += a b, otherwise as [#multiply].
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void multiplyAdd(Matrix a, Matrix b, Matrix c) {
    checkProduct(a, b, c);
    product.multiply(a, b, c, true);
  }

  private static void checkProduct(Matrix a, Matrix b, Matrix c) {
    if (a.columns() != b.rows() || a.rows() != c.rows() || b.columns() != c.columns()) {
      throw new IllegalArgumentException(
          "cannot multiply %d x %d by %d x %d into %d x %d"
              .formatted(a.rows(), a.columns(), b.rows(), b.columns(), c.rows(), c.columns()));
    }
    if (!isFloatingPoint(a) || !isFloatingPoint(b) || c.tensor().type() != DType.FLOAT32) {
      throw new IllegalArgumentException(
          "cannot multiply %s by %s into %s"
              .formatted(a.tensor().type(), b.tensor().type(), c.tensor().type()));
    }
    requireRuns(a);
    requireRuns(b);
  }

  private static void requireRuns(Matrix matrix) {
    boolean runs = matrix.rowStride() == 1 || matrix.columnStride() == 1;
    if (matrix.tensor().type().isQuantized() && !runs) {
      throw new IllegalArgumentException(
          "cannot multiply %s: neither rows nor columns of the window are side by side"
              .formatted(matrix.tensor()));
    }
  }

  private static boolean isFloatingPoint(Matrix matrix) {
    return switch (matrix.tensor().type()) {
      case FLOAT32, FLOAT16, BFLOAT16 -> true;
      case INT8, INT16, INT32, INT64, FLOAT64 -> false;
      default -> true;
    };
  }

  // --- attention

  /// Causal attention: `out` (batch * queries, heads * headSize) is set to the values weighted by
  /// the softmax of the scores, `logSumExp` (batch * queries, heads) to the logarithm of the sum of
  /// the exponentials of the scores, which the backward pass needs.
  ///
  /// @throws IllegalArgumentException if the matrices do not have the sizes of `shape`
  public void attention(AttentionShape shape, AttentionInputs in, Matrix out, Tensor logSumExp) {
    checkAttention(shape, in);
    checkQuerySize(shape, out, logSumExp);
    attention.forward(shape, in, out, logSumExp);
  }

  /// Sets `gradients` to the gradients of the inputs.
  ///
  /// @throws IllegalArgumentException if the matrices do not have the sizes of `shape`
  public void attentionBackward(
      AttentionShape shape, AttentionInputs in, AttentionResult result, AttentionInputs gradients) {
    checkAttention(shape, in);
    checkAttention(shape, gradients);
    checkQuerySize(shape, result.out(), result.logSumExp());
    checkQuerySize(shape, result.outGradient(), result.logSumExp());
    attention.backward(shape, in, result, gradients);
  }

  private static void checkAttention(AttentionShape shape, AttentionInputs in) {
    int keyRows = Math.multiplyExact(shape.batch(), shape.keys());
    int keyColumns = Math.multiplyExact(shape.keyValueHeads(), shape.headSize());
    checkSize("query", in.query(), queryRows(shape), queryColumns(shape));
    checkSize("key", in.key(), keyRows, keyColumns);
    checkSize("value", in.value(), keyRows, keyColumns);
    if (in.sinks().isPresent()) {
      Floats.require(in.sinks().get(), "attention sinks");
      Floats.requireElements(in.sinks().get(), shape.heads(), "attention sinks");
    }
  }

  private static void checkQuerySize(AttentionShape shape, Matrix out, Tensor logSumExp) {
    checkSize("attention output", out, queryRows(shape), queryColumns(shape));
    if (logSumExp.type() != DType.FLOAT32
        || logSumExp.elements() != (long) queryRows(shape) * shape.heads()) {
      throw new IllegalArgumentException(
          "logSumExp of attention must be float32 of %d x %d, not %s"
              .formatted(queryRows(shape), shape.heads(), logSumExp));
    }
  }

  private static int queryRows(AttentionShape shape) {
    return Math.multiplyExact(shape.batch(), shape.queries());
  }

  private static int queryColumns(AttentionShape shape) {
    return Math.multiplyExact(shape.heads(), shape.headSize());
  }

  private static void checkSize(String what, Matrix matrix, int rows, int columns) {
    if (matrix.rows() != rows
        || matrix.columns() != columns
        || matrix.tensor().type() != DType.FLOAT32) {
      throw new IllegalArgumentException(
          "%s must be float32 of %d x %d, not %s of %d x %d"
              .formatted(
                  what, rows, columns, matrix.tensor().type(), matrix.rows(), matrix.columns()));
    }
  }

  // --- normalisation

  /// Normalises rows or groups of them: x and y are (rows, groups * size), and y may be x. Sets
  /// `statistics` (rows * groups, 2) to mean and 1 / deviation, which the backward pass needs.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void normalize(Normalization how, Matrix x, Matrix y, Tensor statistics) {
    normalizer.normalize(how, x, y, statistics);
  }

  /// Sets or adds to the gradient of x, and adds to those of weight and bias.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void normalizeBackward(
      Normalization how, Matrix x, Tensor statistics, NormalizationGradient gradient) {
    normalizer.normalizeBackward(how, x, statistics, gradient);
  }

  // --- elementwise

  /// `y = f(x)`, where x and y are (rows, F) and may be one; or gated, where x is (rows, 2F), gate
  /// and then up, and `y = f(gate) * up` (Shazeer, arXiv:2002.05202).
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void activate(Activation function, boolean gated, Matrix x, Matrix y) {
    feedForward.activate(function, gated, x, y);
  }

  /// Sets the gradient of x.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void activateBackward(
      Activation function, boolean gated, Matrix x, ActivationGradient gradient) {
    feedForward.activateBackward(function, gated, x, gradient);
  }

  /// The gate of gpt-oss: `y = g * logistic(1.702 g) * (u + 1)`, where g is the gate, at most 7,
  /// and u is up, from -7 to 7. x is (rows, 2F) and y (rows, F).
  ///
  /// @param inTurn whether the columns of gate and up stand in turn, and not one half after the
  ///   other
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void clampedGate(boolean inTurn, Matrix x, Matrix y) {
    clampedGate.apply(inTurn, x, y);
  }

  /// Sets the gradient of x.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void clampedGateBackward(boolean inTurn, Matrix x, ActivationGradient gradient) {
    clampedGate.backward(inTurn, x, gradient);
  }

  /// `sum = a + b`; sum may be a or b.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void add(Matrix a, Matrix b, Matrix sum) {
    elementwise.add(a, b, sum);
  }

  /// Adds `bias` (columns) to every row of x.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void addRow(Matrix x, Tensor bias) {
    elementwise.addRow(x, bias);
  }

  /// Adds the sum of the rows of x to `into` (columns).
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void sumRows(Matrix x, Tensor into) {
    elementwise.sumRows(x, into);
  }

  /// target = source.
  ///
  /// @throws IllegalArgumentException if the sizes differ or one is not float32
  public void copy(Matrix source, Matrix target) {
    elementwise.copy(source, target);
  }

  /// Multiplies x by `factor`, in place.
  ///
  /// @throws IllegalArgumentException if x is not float32
  public void scale(Matrix x, float factor) {
    elementwise.scale(x, factor);
  }

  /// Multiplies row r of x by `factors[r]`, in place.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void scaleRows(Matrix x, Tensor factors) {
    elementwise.scaleRows(x, factors);
  }

  /// `x = cap * tanh(x / cap)`, in place.
  ///
  /// @throws IllegalArgumentException if the cap is not positive
  public void softCap(Matrix x, float cap) {
    elementwise.softCap(x, cap);
  }

  /// Multiplies `gradient` by the slope of the cap, taken from what came out of it: `1 - (y /
  /// cap)^2`.
  ///
  /// @throws IllegalArgumentException if the shapes do not fit or the cap is not positive
  public void softCapBackward(Matrix y, float cap, Matrix gradient) {
    elementwise.softCapBackward(y, cap, gradient);
  }

  /// Sets y to x with some elements dropped; y may be x. Applied to the gradient it is its own
  /// backward pass.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void dropout(Dropout dropout, Matrix x, Matrix y) {
    elementwise.dropout(dropout, x, y);
  }

  // --- embeddings and positions

  /// Turns the heads of x (batch * time, heads * headSize) by their positions, in place.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void rotate(Rotation rotation, Matrix x) {
    embedding.rotate(rotation, x);
  }

  /// Sets row r of y to row `ids[r]` of `table`, which may be stored as bfloat16, float16 or in
  /// blocks. `ids` is INT32 and has as many elements as y has rows.
  ///
  /// @throws IllegalArgumentException if an id is not in the table or the shapes do not fit
  public void embed(Tensor ids, Tensor table, Matrix y) {
    embedding.embed(ids, table, y);
  }

  /// Adds row r of `gradient` to row `ids[r]` of `tableGradient`, in the order of the rows.
  ///
  /// @throws IllegalArgumentException if an id is not in the table or the shapes do not fit
  public void embedBackward(Tensor ids, Matrix gradient, Tensor tableGradient) {
    embedding.embedBackward(ids, gradient, tableGradient);
  }

  /// Adds row `firstPosition + t` of `table` to row t of every sequence of `time` rows in y.
  ///
  /// @throws IllegalArgumentException if a position is not in the table or the shapes do not fit
  public void addPositions(Tensor table, int time, int firstPosition, Matrix y) {
    embedding.addPositions(table, time, firstPosition, y);
  }

  /// Adds row t of every sequence of `time` rows in `gradient` to row `firstPosition + t` of
  /// `tableGradient`.
  ///
  /// @throws IllegalArgumentException if a position is not in the table or the shapes do not fit
  public void addPositionsBackward(
      Matrix gradient, int time, int firstPosition, Tensor tableGradient) {
    embedding.addPositionsBackward(gradient, time, firstPosition, tableGradient);
  }

  // --- predictions

  /// Sets `losses[r]` to `-log softmax(logits[r])[target[r]]` in nats, 0 where the target is
  /// ignored. If the gradient is wanted the logits (rows, vocabulary) are replaced by it.
  ///
  /// @throws IllegalArgumentException if a target is not in the vocabulary or the shapes do not fit
  public void crossEntropy(CrossEntropy entropy, Matrix logits, Tensor losses) {
    predictions.crossEntropy(entropy, logits, losses);
  }

  /// Replaces every row of logits by its probabilities, `softmax(x / temperature)`.
  ///
  /// @throws IllegalArgumentException if the temperature is not positive
  public void softmax(Matrix x, float temperature) {
    predictions.softmax(x, temperature);
  }

  // --- optimizers

  /// One step of AdamW on a weight and its moments, all of one length, in one pass.
  ///
  /// @throws IllegalArgumentException if the lengths or types do not fit
  public void adamw(AdamW how, Tensor weight, Tensor gradient, Moments moments) {
    updates.adamw(how, weight, gradient, moments);
  }

  /// One step of gradient descent on a weight and its velocity, all of one length, in one pass.
  ///
  /// @throws IllegalArgumentException if the lengths or types do not fit
  public void sgd(Momentum how, Tensor weight, Tensor gradient, Tensor velocity) {
    updates.sgd(how, weight, gradient, velocity);
  }

  /// The sum of the squares of all elements, in double.
  ///
  /// @throws IllegalArgumentException if x is not float32
  public double sumOfSquares(Tensor x) {
    return updates.sumOfSquares(x);
  }
}
