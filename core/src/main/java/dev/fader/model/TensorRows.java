package dev.fader.model;

import dev.fader.format.FileContent;
import dev.fader.format.TensorContent;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.WritableByteChannel;
import java.util.List;

/// The rows of a tensor as another layout of the same model wants them, made one at a time.
sealed interface TensorRows {
  /// Elements that are made at a time, or one row.
  int CHUNK = 1 << 20;

  /// The rows of `tensor` as they are.
  record Plain(Tensor tensor, int width) implements TensorRows {}

  /// Those of several tensors of `rowsEach` rows, one after the other.
  record Stacked(List<Tensor> tensors, long rowsEach, int width) implements TensorRows {}

  /// The rows of each head in another order: pairs that stand half a head apart next to each other,
  /// or back.
  ///
  /// @param together whether they come next to each other
  record Paired(Plain rows, int headSize, boolean together) implements TensorRows {}

  /// The columns of a matrix as rows.
  record Transposed(Tensor tensor) implements TensorRows {}

  /// The columns of each of several matrices that stand in one tensor as rows: `rowsEach` of them,
  /// every `step`th from `first` on.
  record Unwoven(Tensor tensor, long rowsEach, int width, int first, int step)
      implements TensorRows {}

  /// The other way round: the rows of each of several matrices as columns, those of all `tensors`
  /// in turn.
  record Woven(List<Tensor> tensors, long rowsEach, int width) implements TensorRows {}

  /// All numbers with `added` added.
  record Shifted(Plain rows, float added) implements TensorRows {}

  /// Sets `target` to row `row` of `rows`.
  private static void read(TensorRows rows, long row, float[] target) {
    switch (rows) {
      case Plain(Tensor tensor, int width) -> tensor.read(row * width, target, 0, width);
      case Stacked(List<Tensor> tensors, long rowsEach, int width) ->
          tensors.get((int) (row / rowsEach)).read(row % rowsEach * width, target, 0, width);
      case Paired(Plain plain, int headSize, boolean together) -> {
        long head = row / headSize;
        int at = (int) (row % headSize);
        int half = headSize / 2;
        int from = together ? at / 2 + at % 2 * half : at < half ? 2 * at : 2 * (at - half) + 1;
        read(plain, head * headSize + from, target);
      }
      case Transposed(Tensor tensor) -> {
        long columns = tensor.shape().dimension(1);
        for (int i = 0; i < target.length; i++) {
          target[i] = tensor.get(i * columns + row);
        }
      }
      case Unwoven(Tensor tensor, long rowsEach, int width, int first, int step) -> {
        long start = row / rowsEach * width;
        long column = first + row % rowsEach * step;
        for (int i = 0; i < width; i++) {
          target[i] = tensor.get((start + i) * rowsEach * step + column);
        }
      }
      case Woven(List<Tensor> tensors, long rowsEach, int width) -> {
        int each = width / tensors.size();
        long start = row / rowsEach * each;
        for (int i = 0; i < width; i++) {
          long from = start + i / tensors.size();
          target[i] = tensors.get(i % tensors.size()).get(from * rowsEach + row % rowsEach);
        }
      }
      case Shifted(Plain plain, float added) -> {
        read(plain, row, target);
        for (int i = 0; i < target.length; i++) {
          target[i] += added;
        }
      }
    }
  }

  private int width(Shape shape) {
    return switch (this) {
      case Plain plain -> plain.width;
      case Stacked stacked -> stacked.width;
      case Paired paired -> paired.rows.width;
      case Shifted shifted -> shifted.rows.width;
      case Unwoven unwoven -> unwoven.width;
      case Woven woven -> woven.width;
      case Transposed _ -> shape.size(shape.rank() - 1);
    };
  }

  /// These rows on their way into a file, as elements of `type`.
  default TensorContent content(String name, DType type, Shape shape) {
    if (this instanceof Plain(Tensor tensor, int _) && tensor.type() == type) {
      return TensorContent.of(name, tensor.reshape(dimensions(shape)));
    }
    return new TensorContent(name, type, shape, channel -> write(type, shape, channel));
  }

  private static long[] dimensions(Shape shape) {
    var dimensions = new long[shape.rank()];
    for (int i = 0; i < dimensions.length; i++) {
      dimensions[i] = shape.dimension(i);
    }
    return dimensions;
  }

  private void write(DType type, Shape shape, WritableByteChannel channel) throws IOException {
    int width = width(shape);
    long rows = width == 0 ? 0 : shape.elements() / width;
    int atOnce = (int) Math.min(rows, Math.max(CHUNK / Math.max(width, 1), 1));
    var row = new float[width];
    try (var arena = Arena.ofConfined()) {
      var space = arena.allocate(type.bytesFor((long) atOnce * width), Long.BYTES);
      var chunk = new Tensor(type, Shape.of(atOnce, width), space);
      for (long first = 0; first < rows; first += atOnce) {
        int count = (int) Math.min(atOnce, rows - first);
        for (int i = 0; i < count; i++) {
          read(this, first + i, row);
          chunk.write((long) i * width, row, 0, width);
        }
        var written = space.asSlice(0, type.bytesFor((long) count * width));
        FileContent.writeFully(channel, written.asByteBuffer());
      }
    }
  }
}
