package dev.fader.inspect.board;

import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The residual stream of a prompt before each layer, and behind the last, as far as it was kept.
/// Vectors that are added before a layer are not in it yet.
final class PromptStreams {
  private final TensorArena arena;
  private final int rows;
  private final int width;
  private final List<Optional<Tensor>> streams = new ArrayList<>(); // (rows, width), by layer

  PromptStreams(TensorArena arena, int rows, int width) {
    this.arena = arena;
    this.rows = rows;
    this.width = width;
  }

  /// The stream before a layer, in memory that is taken when it is first asked for.
  ///
  /// @return (rows, width)
  Tensor before(int layer) {
    while (streams.size() <= layer) {
      streams.add(Optional.empty());
    }
    var known = streams.get(layer);
    if (known.isPresent()) {
      return known.get();
    }
    var taken = arena.floats(rows, width);
    streams.set(layer, Optional.of(taken));
    return taken;
  }
}
