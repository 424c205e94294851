package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.Arrays;

/// Causal attention and its gradient, never holding the scores of all heads at once. Heads are
/// split over the workers. [AttentionDecoding] reads the keys where they lie, [AttentionForward]
/// and [AttentionBackward] pack them, [ScalarAttention] is the reference.
public final class Attention {
  /// What the backward pass needs of the forward pass.
  ///
  /// @param out (batch * queries, heads * headSize)
  /// @param logSumExp (batch * queries, heads)
  /// @param outGradient the gradient of `out`, of the same shape
  public record Result(Matrix out, Tensor logSumExp, Matrix outGradient) {}

  private final Workers workers;
  private final boolean vectors;
  private final ArrayDeque<AttentionScratch[]> idle = new ArrayDeque<>();

  /// @param vectors whether to use the Vector API or the scalar reference
  public Attention(Workers workers, boolean vectors) {
    this.workers = workers;
    this.vectors = vectors;
  }

  /// Causal attention: `out` (batch * queries, heads * headSize) is set to the values weighted by
  /// the softmax of the scores, `logSumExp` (batch * queries, heads) to the logarithm of the sum of
  /// the exponentials of the scores, which the backward pass needs.
  ///
  /// @throws IllegalArgumentException if the matrices do not have the sizes of `shape`
  public void forward(AttentionShape shape, AttentionInputs in, Matrix out, Tensor logSumExp) {
    checkAttention(shape, in);
    checkQuerySize(shape, out, logSumExp);
    if (!vectors) {
      new ScalarAttention(shape, in).forward(workers, out, logSumExp);
      return;
    }
    var scratch = take();
    try {
      workers.forEach(
          shape.batch() * shape.heads(),
          (chunk, worker) -> {
            var head = new AttentionHead(shape, chunk / shape.heads(), chunk % shape.heads());
            if (AttentionDecoding.suits(shape, in)) {
              new AttentionDecoding(head, in, scratch[worker]).run(in, out, logSumExp);
            } else {
              new AttentionForward(head, in, scratch[worker]).run(in, out, logSumExp);
            }
          });
    } finally {
      giveBack(scratch);
    }
  }

  /// Sets `gradients` to the gradients of the inputs.
  ///
  /// @throws IllegalArgumentException if the matrices do not have the sizes of `shape`
  public void backward(
      AttentionShape shape, AttentionInputs in, Result result, AttentionInputs gradients) {
    checkAttention(shape, in);
    checkAttention(shape, gradients);
    checkQuerySize(shape, result.out(), result.logSumExp());
    checkQuerySize(shape, result.outGradient(), result.logSumExp());
    if (vectors) {
      backwardVectors(shape, in, result, gradients);
    } else {
      new ScalarAttention(shape, in).backward(workers, result, gradients);
    }
  }

  private void backwardVectors(
      AttentionShape shape, AttentionInputs in, Result result, AttentionInputs gradients) {
    int group = shape.heads() / shape.keyValueHeads();
    var scratch = take();
    try {
      workers.forEach(
          shape.batch() * shape.keyValueHeads(),
          (chunk, worker) -> {
            int batch = chunk / shape.keyValueHeads();
            int firstHead = chunk % shape.keyValueHeads() * group;
            var keyHead = new AttentionHead(shape, batch, firstHead);
            var backward = new AttentionBackward(keyHead, in, scratch[worker]);
            for (int head = firstHead; head < firstHead + group; head++) {
              backward.addHead(new AttentionHead(shape, batch, head), result, gradients);
            }
            backward.storeKeyAndValue(keyHead, gradients);
          });
    } finally {
      giveBack(scratch);
    }
  }

  private AttentionScratch[] take() {
    synchronized (idle) {
      var scratch = idle.poll();
      if (scratch != null) {
        return scratch;
      }
    }
    var scratch = new AttentionScratch[workers.threads()];
    Arrays.setAll(scratch, worker -> new AttentionScratch());
    return scratch;
  }

  private void giveBack(AttentionScratch[] scratch) {
    synchronized (idle) {
      idle.push(scratch);
    }
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
}
