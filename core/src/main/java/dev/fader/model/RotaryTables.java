package dev.fader.model;

import dev.fader.grad.TokenBlock;
import dev.fader.kernel.Rotation;
import dev.fader.model.RotaryTable.Reach;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.Optional;

/// The rotary positions of all layers of a model.
final class RotaryTables {
  private final ModelConfig config;
  private final Positions.Rotary rotary;
  private final int size;
  private final Tensor table; // (context, size)
  private final Optional<Tensor> windowTable; // (context, size)
  private final Optional<Tensor> longTable; // (context, size)

  RotaryTables(ModelConfig config, Positions.Rotary rotary, TensorArena arena) {
    this.config = config;
    this.rotary = rotary;
    this.size = rotary.size() == 0 ? config.attention().headSize() : rotary.size();
    this.table = table(rotary.waves(), Reach.SHORT, arena);
    this.windowTable = rotary.windowWaves().map(waves -> table(waves, Reach.SHORT, arena));
    this.longTable =
        switchesAt() < config.context()
            ? Optional.of(table(rotary.waves(), Reach.LONG, arena))
            : Optional.empty();
  }

  private Tensor table(Positions.Waves waves, Reach reach, TensorArena arena) {
    return RotaryTable.of(waves, size, reach, arena.floats(config.context(), size));
  }

  private int switchesAt() {
    return rotary.waves().scaling() instanceof RotaryScaling.Longrope longrope
        ? longrope.originalContext()
        : config.context();
  }

  /// Whether a text of `length` tokens has the angles of long texts, from its start on (LongRoPE).
  boolean far(int length) {
    return longTable.isPresent() && length > switchesAt();
  }

  /// How the queries and keys of `layer` are turned, if they are.
  ///
  /// @param far whether by the angles of long texts
  Optional<Rotation> rotation(int layer, TokenBlock tokens, boolean far) {
    if (rotary.unturned().contains(layer)) {
      return Optional.empty();
    }
    return Optional.of(
        new Rotation(
            tableOf(layer, far),
            tokens.time(),
            tokens.firstPosition(),
            config.attention().headSize(),
            size,
            rotary.interleaved(),
            false));
  }

  private Tensor tableOf(int layer, boolean far) {
    if (windowTable.isPresent() && config.attention().windows().get(layer) > 0) {
      return windowTable.get();
    }
    return far ? longTable.orElse(table) : table;
  }
}
