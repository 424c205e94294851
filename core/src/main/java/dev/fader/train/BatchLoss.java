package dev.fader.train;

import dev.fader.data.Batch;
import dev.fader.grad.HeadLoss;
import dev.fader.grad.RowRange;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.model.Decoder;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// Cross-entropy of one batch at a time, in nats, summed over its targets, and the off-heap memory
/// that takes: ids, targets and the losses of the rows.
///
/// Rows of ids come in many lengths, and a tape keeps buffers for every shape it has seen. So they
/// are padded with ignored targets to the context or to a half, a quarter, … of it: all shapes
/// together take less than twice the memory of the largest. Sequences of any lengths one behind the
/// other share the memory of the most rows and are not padded.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public final class BatchLoss {
  private final Decoder decoder;
  private final TensorArena arena;
  private final int virtual; // tokens of the adapter before each sequence
  private int context; // of a row, those included
  private int mostRows;
  private int[] places = {}; // the rows of each sequence
  private BitSet counted = new BitSet(); // rows of the batch that have to do with a target
  private boolean sparse; // whether the batch has rows to leave out of the head
  private Tensor inputs;
  private Tensor targets;
  private Tensor losses;
  private Optional<Tensor> scales = Optional.empty();

  /// Memory for `batch` sequences of `context` tokens; larger batches allocate more when they
  /// arrive.
  public BatchLoss(Decoder decoder, TensorArena arena, int batch, int context) {
    this.decoder = decoder;
    this.arena = arena;
    this.virtual = decoder.virtualTokens();
    this.context = Math.addExact(context, virtual);
    int rows = Math.multiplyExact(batch, this.context);
    this.mostRows = rows;
    this.inputs = arena.allocate(DType.INT32, Shape.of(rows));
    this.targets = arena.allocate(DType.INT32, Shape.of(rows));
    this.losses = arena.floats(rows);
  }

  /// Copies `batch` here, in place of the one before, and returns its tokens for the decoder, which
  /// then runs on `tape`.
  public TokenBlock load(Tape tape, Batch batch) {
    sparse = batch.lengths().length > 0;
    int[] lengths = sparse ? batch.lengths() : repeated(batch.time(), batch.rows());
    places = new int[lengths.length];
    int rows = 0;
    for (int i = 0; i < lengths.length; i++) {
      places[i] = sparse ? virtual + lengths[i] : paddedTime(virtual + lengths[i]);
      rows = Math.addExact(rows, places[i]);
    }
    fit(rows);
    tape.fit(sparse ? rows : 1, sparse ? mostRows : 1);
    inputs.zero();
    targets.segment().fill((byte) Batch.IGNORED);
    counted = countedRows(batch, lengths);
    tape.balance().ifPresent(balance -> balance.count(counted));
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
    return TokenBlock.ofSequences(inputs.slice(0, rows), places);
  }

  /// The rows of the batch that was loaded last, as it lies in memory, that have to do with a
  /// target.
  BitSet counted() {
    return counted;
  }

  private BitSet countedRows(Batch batch, int[] lengths) {
    var rows = new BitSet();
    int from = 0;
    int to = 0;
    for (int i = 0; i < lengths.length; i++) {
      int read = read(batch.targets(), from, lengths[i]);
      rows.set(to, to + (read == 0 ? 0 : virtual + read));
      from += lengths[i];
      to += places[i];
    }
    return rows;
  }

  /// How many rows of a batch have to do with a target, virtual tokens included: in each sequence,
  /// those up to the last.
  long countedRows(Batch batch) {
    boolean apart = batch.lengths().length > 0;
    int[] lengths = apart ? batch.lengths() : repeated(batch.time(), batch.rows());
    long rows = 0;
    int from = 0;
    for (int length : lengths) {
      int read = read(batch.targets(), from, length);
      rows += read == 0 ? 0 : virtual + read;
      from += length;
    }
    return rows;
  }

  private static int read(int[] targets, int from, int length) {
    int read = length;
    while (read > 0 && targets[from + read - 1] == Batch.IGNORED) {
      read--;
    }
    return read;
  }

  private static int[] repeated(int length, int count) {
    var lengths = new int[count];
    Arrays.fill(lengths, length);
    return lengths;
  }

  private void fit(int rows) {
    mostRows = Math.max(mostRows, rows);
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

  /// Where its memory comes from.
  public TensorMemory memory() {
    return arena.memory();
  }

  /// Where the rows of each sequence of the batch that was loaded last are, those of virtual tokens
  /// left out.
  public List<RowRange> sequences() {
    var ranges = new ArrayList<RowRange>();
    int first = 0;
    for (int rows : places) {
      ranges.add(new RowRange(first + virtual, first + rows));
      first += rows;
    }
    return ranges;
  }

  /// `sum` and the cross-entropies of the batch that was loaded last, added one by one; with a
  /// gradient scale other than 0 it also starts the backward pass on `tape`.
  ///
  /// @param output (rows * time, width), what the decoder made of the batch
  double addTo(double sum, Tape tape, Variable output, float gradientScale) {
    var rowLosses = run(tape, output, gradientScale, Optional.empty());
    double total = sum;
    for (long row = 0; row < rowLosses.elements(); row++) {
      total += rowLosses.get(row);
    }
    return total;
  }

  /// The cross-entropy of each sequence of the batch that was loaded last, summed over its targets.
  ///
  /// @param output (rows, width), what the decoder made of the batch
  public double[] bySequence(Tape tape, Variable output) {
    var rowLosses = run(tape, output, 0, Optional.empty());
    var sums = new double[places.length];
    long row = 0;
    for (int i = 0; i < places.length; i++) {
      for (long end = row + places[i]; row < end; row++) {
        sums[i] += rowLosses.get(row);
      }
    }
    return sums;
  }

  /// Starts the backward pass of a function of the sums that [#bySequence] gives.
  ///
  /// @param slopes of the function, by sequence
  public void addGradient(Tape tape, Variable output, double[] slopes) {
    if (scales.isEmpty() || scales.get().elements() < losses.elements()) {
      scales = Optional.of(arena.floats(losses.elements()));
    }
    var rowScales = scales.get().slice(0, output.value().shape().dimension(0));
    long row = 0;
    for (int i = 0; i < places.length; i++) {
      for (long end = row + places[i]; row < end; row++) {
        rowScales.set(row, (float) slopes[i]);
      }
    }
    run(tape, output, 1, Optional.of(rowScales));
  }

  private Tensor run(Tape tape, Variable output, float gradientScale, Optional<Tensor> rowScales) {
    long rows = output.value().shape().dimension(0);
    var rowLosses = losses.slice(0, rows);
    var softCap = decoder.config().embedding().logitSoftCap();
    var head = new HeadLoss(targets.slice(0, rows), gradientScale, softCap, rowScales, sparse);
    tape.headLoss(output, decoder.head(tape), head, rowLosses);
    return rowLosses;
  }
}
