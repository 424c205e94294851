package dev.fader.model.gguf;

import dev.fader.format.FileContent;
import dev.fader.format.TensorContent;
import dev.fader.model.ModelConfigException;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.WritableByteChannel;
import java.util.List;

/// The rows of a tensor converted to another layout of the same model, a chunk at a time.
sealed interface TensorRows {
  /// Elements per chunk, or one row.
  int CHUNK = 1 << 20;

  /// Elements of the largest block type.
  int LONGEST_BLOCK = 256;

  /// Rows that each depend on one row of the source.
  sealed interface RowByRow extends TensorRows {}

  /// A source of rows for a file.
  record Target(String name, DType type, Shape shape) {}

  /// The rows of `tensor` unchanged.
  record Plain(Tensor tensor, int width) implements RowByRow {}

  /// The rows of several tensors of `rowsEach` rows, concatenated.
  record Stacked(List<Tensor> tensors, long rowsEach, int width) implements RowByRow {}

  /// The rows of each head permuted between interleaved pairs and pairs half a head apart.
  ///
  /// @param together whether the result is interleaved
  record Paired(Plain rows, int headSize, boolean together) implements RowByRow {}

  /// All values plus `added`.
  record Shifted(Plain rows, float added) implements RowByRow {}

  /// The columns of each of several matrices stacked in a tensor as rows: `rowsEach` of them, every
  /// `step`th from `first` on. Several `tensors` are interleaved.
  record Columns(List<Tensor> tensors, long rowsEach, int width, int first, int step)
      implements TensorRows {
    /// Sets `target` to `count` rows from `row` on. The part of each source row is read at once, so
    /// that blocks are decoded once per chunk.
    private void readColumns(long row, int count, float[] target) {
      int each = width / tensors.size();
      var line = new float[count * step + LONGEST_BLOCK];
      for (int done = 0; done < count; ) {
        long matrix = (row + done) / rowsEach;
        long column = (row + done) % rowsEach;
        int together = (int) Math.min(count - done, rowsEach - column);
        for (int i = 0; i < width; i++) {
          var tensor = tensors.get(i % tensors.size());
          long start = (matrix * each + i / tensors.size()) * rowsEach * step;
          long from = start + first + column * step;
          int within = (int) (from % tensor.type().blockSize());
          tensor.read(from - within, line, 0, within + (together - 1) * step + 1);
          for (int k = 0; k < together; k++) {
            target[(done + k) * width + i] = line[within + k * step];
          }
        }
        done += together;
      }
    }
  }

  /// Numbers of a row.
  default int width() {
    return switch (this) {
      case Plain plain -> plain.width;
      case Stacked stacked -> stacked.width;
      case Paired paired -> paired.rows.width;
      case Shifted shifted -> shifted.rows.width;
      case Columns columns -> columns.width;
    };
  }

  /// Sets the numbers of `target` from `at` on to row `row` of `rows`.
  private static void read(RowByRow rows, long row, float[] target, int at) {
    switch (rows) {
      case Plain(Tensor tensor, int width) -> tensor.read(row * width, target, at, width);
      case Stacked(List<Tensor> tensors, long rowsEach, int width) ->
          tensors.get((int) (row / rowsEach)).read(row % rowsEach * width, target, at, width);
      case Paired(Plain plain, int headSize, boolean together) -> {
        long head = row / headSize;
        int index = (int) (row % headSize);
        int half = headSize / 2;
        int from =
            together
                ? index / 2 + index % 2 * half
                : index < half ? 2 * index : 2 * (index - half) + 1;
        read(plain, head * headSize + from, target, at);
      }
      case Shifted(Plain plain, float added) -> {
        read(plain, row, target, at);
        for (int i = 0; i < plain.width; i++) {
          target[at + i] += added;
        }
      }
    }
  }

  /// Sets `target` to `count` rows from `first` on.
  default void read(long first, int count, float[] target) {
    switch (this) {
      case Columns columns -> columns.readColumns(first, count, target);
      case RowByRow rows -> {
        for (int i = 0; i < count; i++) {
          read(rows, first + i, target, i * width());
        }
      }
    }
  }

  /// Rows per chunk. For columns whole blocks, so that no block is decoded for two chunks.
  private int atOnce(long rows) {
    int few = Math.max(CHUNK / Math.max(width(), 1), 1);
    int most = this instanceof Columns ? Math.ceilDiv(few, LONGEST_BLOCK) * LONGEST_BLOCK : few;
    return (int) Math.min(rows, most);
  }

  /// Content that writes these rows to a file as elements of `type`.
  default TensorContent content(String name, DType type, Shape shape) {
    if (this instanceof Plain(Tensor tensor, int _) && tensor.type() == type) {
      return TensorContent.of(name, tensor.reshape(dimensions(shape)));
    }
    return new TensorContent(
        name, type, shape, channel -> write(new Target(name, type, shape), channel));
  }

  private static long[] dimensions(Shape shape) {
    var dimensions = new long[shape.rank()];
    for (int i = 0; i < dimensions.length; i++) {
      dimensions[i] = shape.dimension(i);
    }
    return dimensions;
  }

  /// Sets all elements of `target` to these rows.
  default void copyTo(Tensor target) {
    int width = width();
    long rows = width == 0 ? 0 : target.elements() / width;
    int atOnce = atOnce(rows);
    var numbers = new float[Math.multiplyExact(atOnce, width)];
    for (long first = 0; first < rows; first += atOnce) {
      int count = (int) Math.min(atOnce, rows - first);
      read(first, count, numbers);
      target.write(first * width, numbers, 0, count * width);
    }
  }

  private void write(Target target, WritableByteChannel channel) throws IOException {
    int width = width();
    DType type = target.type();
    long rows = width == 0 ? 0 : target.shape().elements() / width;
    int atOnce = atOnce(rows);
    var numbers = new float[Math.multiplyExact(atOnce, width)];
    var stored = new float[type == DType.FLOAT32 ? 0 : numbers.length];
    try (var arena = Arena.ofConfined()) {
      var space = arena.allocate(type.bytesFor((long) atOnce * width), Long.BYTES);
      var chunk = new Tensor(type, Shape.of(atOnce, width), space);
      for (long first = 0; first < rows; first += atOnce) {
        int count = (int) Math.min(atOnce, rows - first) * width;
        read(first, count / width, numbers);
        chunk.write(0, numbers, 0, count);
        if (stored.length > 0) {
          chunk.read(0, stored, 0, count);
          requireHeld(target, numbers, stored, count);
        }
        var written = space.asSlice(0, type.bytesFor(count));
        FileContent.writeFully(channel, written.asByteBuffer());
      }
    }
  }

  /// A value that became infinite has changed the model.
  private static void requireHeld(Target target, float[] numbers, float[] stored, int count) {
    for (int i = 0; i < count; i++) {
      if (Float.isInfinite(stored[i]) && Float.isFinite(numbers[i])) {
        throw new ModelConfigException(
            "tensor '%s' holds %s, which %s cannot: choose %s"
                .formatted(
                    target.name(),
                    numbers[i],
                    target.type(),
                    target.type() == DType.FLOAT16 ? "BF16 or F32" : "F32"));
      }
    }
  }
}
