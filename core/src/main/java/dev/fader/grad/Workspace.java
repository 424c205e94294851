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
/// first step nothing is allocated.
final class Workspace {
  private final TensorArena arena;
  private final Map<Long, ArrayDeque<Tensor>> free = new HashMap<>();

  Workspace(TensorArena arena) {
    this.arena = arena;
  }

  /// A float32 buffer with unspecified contents.
  Buffer take(Shape shape) {
    var waiting = free.get(shape.elements());
    if (waiting == null || waiting.isEmpty()) {
      return new Buffer(arena.allocate(DType.FLOAT32, shape));
    }
    var tensor = waiting.pop();
    return new Buffer(tensor.shape().equals(shape) ? tensor : tensor.withShape(shape));
  }

  void giveBack(Buffer buffer) {
    if (buffer.leave()) {
      var tensor = buffer.tensor();
      free.computeIfAbsent(tensor.elements(), size -> new ArrayDeque<>()).push(tensor);
    }
  }
}
