package dev.fader.train;

import dev.fader.data.Batch;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.model.Decoder;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Cross-entropy of one batch at a time, in nats, summed over its targets, and the off-heap memory
/// that takes: ids, targets and the losses of the rows.
///
/// Sequences of ids come in many lengths, and a tape keeps buffers for every shape it has seen. So
/// a batch is padded with ignored targets to the context or to a half, a quarter, … of it: all
/// shapes together take less than twice the memory of the largest.
final class BatchLoss {
  private final Decoder decoder;
  private final TensorArena arena;
  private int context;
  private Tensor inputs;
  private Tensor targets;
  private Tensor losses;

  /// Memory for `batch` sequences of `context` tokens; larger batches allocate more when they
  /// arrive.
  BatchLoss(Decoder decoder, TensorArena arena, int batch, int context) {
    this.decoder = decoder;
    this.arena = arena;
    this.context = context;
    int rows = batch * context;
    this.inputs = arena.allocate(DType.INT32, Shape.of(rows));
    this.targets = arena.allocate(DType.INT32, Shape.of(rows));
    this.losses = arena.floats(rows);
  }

  /// Copies `batch` here, in place of the one before, and returns its tokens for the decoder.
  TokenBlock load(Batch batch) {
    context = Math.max(context, batch.time());
    int time = paddedTime(batch.time());
    int rows = batch.rows() * time;
    if (rows > inputs.elements()) {
      inputs = arena.allocate(DType.INT32, Shape.of(rows));
      targets = arena.allocate(DType.INT32, Shape.of(rows));
      losses = arena.floats(rows);
    }
    if (time > batch.time()) {
      inputs.zero();
      targets.segment().fill((byte) Batch.IGNORED);
    }
    for (int row = 0; row < batch.rows(); row++) {
      copy(batch.inputs(), row, batch.time(), inputs.slice((long) row * time, batch.time()));
      copy(batch.targets(), row, batch.time(), targets.slice((long) row * time, batch.time()));
    }
    return TokenBlock.ofSequences(inputs.slice(0, rows), batch.rows(), time);
  }

  /// The shortest of the context, its half, its quarter, … that `time` tokens fit in.
  private int paddedTime(int time) {
    int padded = context;
    while (padded / 2 >= time) {
      padded /= 2;
    }
    return padded;
  }

  private static void copy(int[] from, int row, int time, Tensor to) {
    MemorySegment.copy(from, row * time, to.segment(), ValueLayout.JAVA_INT, 0, time);
  }

  /// `sum` and the cross-entropies of the batch that was loaded last, added one by one; with a
  /// gradient scale other than 0 it also starts the backward pass on `tape`.
  ///
  /// @param output (rows * time, width), what the decoder made of the batch
  double addTo(double sum, Tape tape, Variable output, float gradientScale) {
    long rows = output.value().shape().dimension(0);
    var rowLosses = losses.slice(0, rows);
    var softCap = decoder.config().embedding().logitSoftCap();
    var head = new HeadLoss(targets.slice(0, rows), gradientScale, softCap);
    tape.headLoss(output, decoder.parameters().head(), head, rowLosses);
    double total = sum;
    for (long row = 0; row < rows; row++) {
      total += rowLosses.get(row);
    }
    return total;
  }
}
