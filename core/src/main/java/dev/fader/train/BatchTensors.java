package dev.fader.train;

import dev.fader.data.Batch;
import dev.fader.grad.TokenBlock;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The off-heap memory of one batch at a time: ids, targets and the losses of the rows.
final class BatchTensors {
  private final TensorArena arena;
  private Tensor inputs;
  private Tensor targets;
  private Tensor losses;

  /// Memory for batches of `rows` tokens; larger ones take more when they come.
  BatchTensors(TensorArena arena, int rows) {
    this.arena = arena;
    this.inputs = arena.allocate(DType.INT32, Shape.of(rows));
    this.targets = arena.allocate(DType.INT32, Shape.of(rows));
    this.losses = arena.floats(rows);
  }

  /// Copies `batch` here, in place of the one before.
  TokenBlock load(Batch batch) {
    int rows = batch.inputs().length;
    if (rows > inputs.elements()) {
      inputs = arena.allocate(DType.INT32, Shape.of(rows));
      targets = arena.allocate(DType.INT32, Shape.of(rows));
      losses = arena.floats(rows);
    }
    copy(batch.inputs(), inputs);
    copy(batch.targets(), targets);
    return new TokenBlock(inputs.slice(0, rows), batch.rows(), batch.time(), 0);
  }

  private static void copy(int[] from, Tensor to) {
    MemorySegment.copy(from, 0, to.segment(), ValueLayout.JAVA_INT, 0, from.length);
  }

  /// INT32, the next token of each of `rows` rows.
  Tensor targets(int rows) {
    return targets.slice(0, rows);
  }

  /// Where the loss of each of `rows` rows goes.
  Tensor losses(int rows) {
    return losses.slice(0, rows);
  }
}
