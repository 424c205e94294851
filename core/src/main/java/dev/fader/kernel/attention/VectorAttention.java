package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.Arrays;

/// Attention with the Vector API: heads are split over the workers, matrix products of a head are
/// tiles over packed panels as in [dev.fader.kernel.product.VectorProduct].
public final class VectorAttention implements AttentionKernel {
  private final Workers workers;
  private final ArrayDeque<AttentionScratch[]> idle = new ArrayDeque<>();

  public VectorAttention(Workers workers) {
    this.workers = workers;
  }

  @Override
  public void forward(AttentionShape shape, AttentionInputs in, Matrix out, Tensor logSumExp) {
    var scratch = take();
    try {
      workers.forEach(
          shape.batch() * shape.heads(),
          (chunk, worker) -> {
            var head = new AttentionHead(shape, chunk / shape.heads(), chunk % shape.heads());
            if (AttentionLookup.suits(shape, in)) {
              new AttentionLookup(head, in, scratch[worker]).run(in, out, logSumExp);
            } else {
              new AttentionForward(head, in, scratch[worker]).run(in, out, logSumExp);
            }
          });
    } finally {
      giveBack(scratch);
    }
  }

  @Override
  public void backward(
      AttentionShape shape, AttentionInputs in, AttentionResult result, AttentionInputs gradients) {
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
}
