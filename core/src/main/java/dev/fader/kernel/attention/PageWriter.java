package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.vector.Lanes;
import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// One call of [PagedAttention#store]: rows are encoded as a whole, then keys are scattered over
/// the columns of their page, and values are copied. To be used again: nothing is allocated once it
/// has grown.
final class PageWriter implements Workers.Task {
  /// Rows of a chunk of work.
  private static final int ROWS = PageLayout.TOKENS;

  /// Waking another thread for fewer numbers costs more than it brings.
  private static final long WORTH_SHARING = 1 << 15;

  private final Row[] rows;
  private PagedLayer layer;
  private CachedSequences sequences;
  private Matrix keys;
  private Matrix values;

  PageWriter(int threads, PagedLayer layer, CachedSequences sequences, Matrix keys, Matrix values) {
    rows = new Row[threads];
    Arrays.setAll(rows, worker -> new Row());
    this.layer = layer;
    this.sequences = sequences;
    this.keys = keys;
    this.values = values;
  }

  void begin(PagedLayer layer, CachedSequences sequences, Matrix keys, Matrix values) {
    this.layer = layer;
    this.sequences = sequences;
    this.keys = keys;
    this.values = values;
  }

  void run(Workers workers) {
    int count = sequences.totalRows();
    int chunks = Math.ceilDiv(count, ROWS);
    if ((long) count * keys.columns() >= WORTH_SHARING) {
      workers.forEach(chunks, this);
    } else {
      for (int chunk = 0; chunk < chunks; chunk++) {
        run(chunk, 0);
      }
    }
  }

  @Override
  public void run(int chunk, int worker) {
    int from = chunk * ROWS;
    int end = Math.min(from + ROWS, sequences.totalRows());
    for (int sequence = 0; sequence < sequences.count(); sequence++) {
      int first = sequences.firstRow(sequence);
      int last = Math.min(end, first + sequences.rows(sequence));
      for (int row = Math.max(from, first); row < last; row++) {
        int position = sequences.firstPosition(sequence) + row - first;
        var page = sequences.table(sequence).page(position / PageLayout.TOKENS);
        write(rows[worker], row, page, position % PageLayout.TOKENS);
      }
    }
  }

  private void write(Row row, int index, MemorySegment page, int token) {
    var layout = layer.layout();
    row.read(layout.type(), keys, index);
    for (int head = 0; head < layout.keyValueHeads(); head++) {
      long start = layer.offset() + layout.keys(head);
      row.scatter(layout, head * layout.keySize(), page, start, token);
    }
    if (layout.valuesInKeys()) {
      return;
    }
    row.read(layout.type(), values, index);
    for (int head = 0; head < layout.keyValueHeads(); head++) {
      long start = layer.offset() + layout.values(head);
      row.copy(layout, head * layout.valueSize(), page, start, token);
    }
  }

  /// One row of keys or values, as it is and encoded.
  private static final class Row {
    private float[] numbers = {};
    private short[] halves = {};
    private byte[] levels = {};
    private short[] scales = {};

    /// Reads and encodes row `index`.
    void read(DType type, Matrix from, int index) {
      int count = from.columns();
      if (numbers.length < count) {
        numbers = new float[count];
        halves = new short[count];
        levels = new byte[count];
        scales = new short[Math.ceilDiv(count, PageLayout.BLOCK)];
      }
      ScoreRow.load(from.tensor().segment(), Floats.start(from, index), count, 1, numbers, 0);
      switch (type) {
        case FLOAT32 -> {}
        case BFLOAT16 -> encodeBfloat16(count);
        case FLOAT16 -> encodeFloat16(count);
        default -> quantize(count);
      }
    }

    private void encodeBfloat16(int count) {
      for (int i = 0; i < count; i++) {
        halves[i] = Floats.bfloat16(numbers[i]);
      }
    }

    /// In two loops, each of which the compiler turns into vectors.
    private void encodeFloat16(int count) {
      int end = Lanes.FLOATS.loopBound(count);
      for (int i = 0; i < end; i += Lanes.FLOATS.length()) {
        FloatVector.fromArray(Lanes.FLOATS, numbers, i)
            .min(PageCells.LARGEST_HALF)
            .max(-PageCells.LARGEST_HALF)
            .intoArray(numbers, i);
      }
      for (int i = end; i < count; i++) {
        numbers[i] = Math.clamp(numbers[i], -PageCells.LARGEST_HALF, PageCells.LARGEST_HALF);
      }
      for (int i = 0; i < count; i++) {
        halves[i] = Float.floatToFloat16(numbers[i]);
      }
    }

    private void quantize(int count) {
      for (int block = 0; block < count; block += PageLayout.BLOCK) {
        float scale = PageCells.scale(numbers, block);
        float inverse = PageCells.inverse(scale);
        scales[block / PageLayout.BLOCK] = PageCells.float16(scale);
        for (int i = block; i < block + PageLayout.BLOCK; i++) {
          levels[i] = PageCells.level(numbers[i], inverse);
        }
      }
    }

    /// Writes the keySize numbers from `from` on as column `token` of the keys at `start`.
    void scatter(PageLayout layout, int from, MemorySegment page, long start, int token) {
      int count = layout.keySize();
      long at = start + layout.key(token, 0);
      long stride = layout.key(0, 1);
      switch (layout.type()) {
        case FLOAT32 -> {
          for (int i = 0; i < count; i++) {
            page.set(Floats.LAYOUT, at + i * stride, numbers[from + i]);
          }
        }
        case BFLOAT16, FLOAT16 -> {
          for (int i = 0; i < count; i++) {
            page.set(Floats.SHORT, at + i * stride, halves[from + i]);
          }
        }
        default -> {
          for (int i = 0; i < count; i++) {
            page.set(ValueLayout.JAVA_BYTE, at + i * stride, levels[from + i]);
          }
          for (int i = 0; i < count; i += PageLayout.BLOCK) {
            short scale = scales[(from + i) / PageLayout.BLOCK];
            page.set(Floats.SHORT, start + layout.keyScale(token, i), scale);
          }
        }
      }
    }

    /// Writes the valueSize numbers from `from` on as row `token` of the values at `start`.
    void copy(PageLayout layout, int from, MemorySegment page, long start, int token) {
      int count = layout.valueSize();
      long at = start + layout.value(token, 0);
      switch (layout.type()) {
        case FLOAT32 -> MemorySegment.copy(numbers, from, page, Floats.LAYOUT, at, count);
        case BFLOAT16, FLOAT16 -> MemorySegment.copy(halves, from, page, Floats.SHORT, at, count);
        default -> {
          MemorySegment.copy(levels, from, page, ValueLayout.JAVA_BYTE, at, count);
          MemorySegment.copy(
              scales,
              from / PageLayout.BLOCK,
              page,
              Floats.SHORT,
              start + layout.valueScale(token, 0),
              count / PageLayout.BLOCK);
        }
      }
    }
  }
}
