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
import java.util.Arrays;

/// Cross-entropy of one batch at a time, in nats, summed over its targets, and the off-heap memory
/// that takes: ids, targets and the losses of the rows.
///
/// Sequences of ids come in many lengths, and a tape keeps buffers for every shape it has seen. So
/// a batch is padded with ignored targets to the context or to a half, a quarter, … of it: all
/// shapes together take less than twice the memory of the largest.
final class BatchLoss {
  private final Decoder decoder;
  private final TensorArena arena;
  private final int virtual; // tokens of the adapter before each sequence
  private int context; // of a row, those included
  private Tensor inputs;
  private Tensor targets;
  private Tensor losses;

  /// Memory for `batch` sequences of `context` tokens; larger batches allocate more when they
  /// arrive.
  BatchLoss(Decoder decoder, TensorArena arena, int batch, int context) {
    this.decoder = decoder;
    this.arena = arena;
    this.virtual = decoder.virtualTokens();
    this.context = Math.addExact(context, virtual);
    int rows = Math.multiplyExact(batch, this.context);
    this.inputs = arena.allocate(DType.INT32, Shape.of(rows));
    this.targets = arena.allocate(DType.INT32, Shape.of(rows));
    this.losses = arena.floats(rows);
  }

  /// Copies `batch` here, in place of the one before, and returns its tokens for the decoder.
  TokenBlock load(Batch batch) {
    boolean byRow = batch.lengths().length == 0;
    int[] lengths = byRow ? repeated(batch.time(), batch.rows()) : batch.lengths();
    int each = byRow ? paddedTime(batch.time() + virtual) : 0; // what a row takes here
    var places = new int[lengths.length + (byRow ? 0 : 1)];
    int rows = 0;
    for (int i = 0; i < lengths.length; i++) {
      places[i] = byRow ? each : virtual + lengths[i];
      rows = Math.addExact(rows, places[i]);
    }
    if (!byRow) {
      places[lengths.length] = paddedTime(rows) - rows;
      rows += places[lengths.length];
    }
    fit(rows);
    inputs.zero();
    targets.segment().fill((byte) Batch.IGNORED);
    int from = 0;
    int to = 0;
    for (int i = 0; i < lengths.length; i++) {
      for (int token = 0; token < virtual; token++) {
        inputs.set(to + token, decoder.config().vocabularySize() + token);
      }
      copy(batch.inputs(), from, inputs.slice(to + virtual, lengths[i]));
      copy(batch.targets(), from, targets.slice(to + virtual, lengths[i]));
      from += lengths[i];
      to += places[i];
    }
    var ids = inputs.slice(0, rows);
    boolean full = !byRow && places[lengths.length] == 0;
    return TokenBlock.ofSequences(ids, full ? Arrays.copyOf(places, lengths.length) : places);
  }

  private static int[] repeated(int length, int count) {
    var lengths = new int[count];
    Arrays.fill(lengths, length);
    return lengths;
  }

  private void fit(int rows) {
    if (rows > inputs.elements()) {
      inputs = arena.allocate(DType.INT32, Shape.of(rows));
      targets = arena.allocate(DType.INT32, Shape.of(rows));
      losses = arena.floats(rows);
    }
  }

  /// The shortest of the context, its half, its quarter, … that `time` tokens fit in.
  private int paddedTime(int time) {
    context = Math.max(context, time);
    int padded = context;
    while (padded / 2 >= time) {
      padded /= 2;
    }
    return padded;
  }

  private static void copy(int[] from, int start, Tensor to) {
    MemorySegment.copy(
        from, start, to.segment(), ValueLayout.JAVA_INT, 0, Math.toIntExact(to.elements()));
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
    tape.headLoss(output, decoder.head(tape), head, rowLosses);
    double total = sum;
    for (long row = 0; row < rows; row++) {
      total += rowLosses.get(row);
    }
    return total;
  }
}
