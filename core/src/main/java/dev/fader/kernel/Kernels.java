package dev.fader.kernel;

import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;

/// The arithmetic that models are made of, in scalar form and as Vector API twins. Which one runs
/// is chosen once, by [#choose].
///
/// A kernel is parallel over its [Workers] and gives the same bits for any number of them. Kernels
/// may be called by several threads. Tensors are float32 unless said otherwise; an output may not
/// overlap an input unless said otherwise.
public final class Kernels {
  private final Workers workers;
  private final Tier tier;
  private final ProductKernel product;
  private final AttentionKernel attention;

  private Kernels(Workers workers, Tier tier, ProductKernel product, AttentionKernel attention) {
    this.workers = workers;
    this.tier = tier;
    this.product = product;
    this.attention = attention;
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
        : new Kernels(workers, tier, new VectorProduct(workers), new ScalarAttention(workers));
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

  /// What was chosen and why, in one sentence.
  public String choice() {
    return tier.reason();
  }

  // --- matrix products

  /// c = a b, where a is (rows, inner), b (inner, columns) and c (rows, columns). Any strides; a
  /// and b may be stored as bfloat16 or float16. Every element is summed in the same order whatever
  /// the number of workers.
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
  }

  private static boolean isFloatingPoint(Matrix matrix) {
    return switch (matrix.tensor().type()) {
      case FLOAT32, FLOAT16, BFLOAT16 -> true;
      case INT8, INT32 -> false;
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
}
