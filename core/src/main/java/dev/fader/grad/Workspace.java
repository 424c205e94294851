package dev.fader.grad;

import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/// The memory of one tape: buffers that are taken and given back, never freed before the arena is.
///
/// A training step takes and gives back the same sizes in the same order every time, so after the
/// first step nothing is allocated. Passes of many numbers of rows share buffers that have room for
/// the most rows ([#fit]).
final class Workspace {
  private final TensorArena arena;
  private final Map<Long, ArrayDeque<Tensor>> free = new HashMap<>(); // by elements
  private long rows = 1;
  private long mostRows = 1;

  Workspace(TensorArena arena) {
    this.arena = arena;
  }

  /// From now on buffers are for passes of `rows` rows, and have room for `mostRows`.
  void fit(int rows, int mostRows) {
    this.rows = rows;
    this.mostRows = mostRows;
  }

  /// The rows that buffers have room for.
  int mostRows() {
    return Math.toIntExact(mostRows);
  }

  /// A float32 buffer with unspecified contents.
  Buffer take(Shape shape) {
    long elements = shape.elements();
    if (elements % rows != 0) {
      throw new IllegalStateException("%s is not for a pass of %d rows".formatted(shape, rows));
    }
    long room = Math.multiplyExact(elements / rows, mostRows);
    var waiting = free.get(room);
    var memory =
        waiting == null || waiting.isEmpty()
            ? arena.allocate(DType.FLOAT32, mostRows == rows ? shape : Shape.of(room))
            : waiting.pop();
    if (memory.shape().equals(shape)) {
      return new Buffer(memory, memory);
    }
    var flat = memory.withShape(Shape.of(room));
    return new Buffer(flat, flat.slice(0, elements).withShape(shape));
  }

  /// A float32 buffer that does not depend on the number of rows of a pass.
  Buffer takeUnfitted(Shape shape) {
    long before = rows;
    long most = mostRows;
    fit(1, 1);
    var buffer = take(shape);
    rows = before;
    mostRows = most;
    return buffer;
  }

  void giveBack(Buffer buffer) {
    if (buffer.leave()) {
      var memory = buffer.memory();
      free.computeIfAbsent(memory.elements(), size -> new ArrayDeque<>()).push(memory);
    }
  }
}
