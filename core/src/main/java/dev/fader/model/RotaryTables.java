package dev.fader.model;

import dev.fader.grad.TokenBlock;
import dev.fader.kernel.row.Rotation;
import dev.fader.model.RotaryTable.Reach;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.Optional;

/// The rotary positions of all layers of a model, as longFactors as texts have come. Safe for use
/// by several threads.
final class RotaryTables {
  /// Positions to begin with. The context is what a stranger's file says, and nothing is sized by
  /// it alone: tables grow as texts do.
  private static final int FIRST_POSITIONS = 4096;

  private final ModelConfig config;
  private final Positions.Rotary rotary;
  private final int size;
  private final Growing table;
  private final Optional<Growing> windowTable;
  private final Optional<Growing> longTable;

  RotaryTables(ModelConfig config, Positions.Rotary rotary, TensorArena arena) {
    this.config = config;
    this.rotary = rotary;
    this.size = rotary.size() == 0 ? config.attention().headSize() : rotary.size();
    this.table = new Growing(rotary.waves(), Reach.SHORT, arena);
    this.windowTable = rotary.windowWaves().map(waves -> new Growing(waves, Reach.SHORT, arena));
    this.longTable =
        switchesAt() < config.context()
            ? Optional.of(new Growing(rotary.waves(), Reach.LONG, arena))
            : Optional.empty();
  }

  /// A table that is made anew, twice as long, when a text comes to its end. The old one stays for
  /// those who read it.
  private final class Growing {
    private final Positions.Waves waves;
    private final Reach reach;
    private final TensorArena arena;
    private volatile Tensor rows; // (positions, size)

    Growing(Positions.Waves waves, Reach reach, TensorArena arena) {
      this.waves = waves;
      this.reach = reach;
      this.arena = arena;
      this.rows = make(Math.min(config.context(), FIRST_POSITIONS));
    }

    private Tensor make(int positions) {
      return RotaryTable.of(waves, size, reach, arena.floats(positions, size));
    }

    Tensor upTo(int end) {
      var there = rows;
      return end <= there.shape().dimension(0) ? there : grow(end);
    }

    private synchronized Tensor grow(int end) {
      long length = rows.shape().dimension(0);
      if (end > length) {
        rows = make((int) Math.min(config.context(), Math.max(end, 2 * length)));
      }
      return rows;
    }
  }

  private int switchesAt() {
    return rotary.waves().scaling() instanceof RotaryScaling.Longrope longrope
        ? longrope.originalContext()
        : config.context();
  }

  /// Whether a text of `length` tokens is rotated by the factors for long texts, from its start on
  /// (LongRoPE).
  boolean usesLongFactors(int length) {
    return longTable.isPresent() && length > switchesAt();
  }

  /// How the queries and keys of `layer` are rotated, if they are.
  ///
  /// @param longFactors whether by the factors for long texts
  Optional<Rotation> rotation(int layer, TokenBlock tokens, boolean longFactors) {
    if (rotary.nopeLayers().contains(layer)) {
      return Optional.empty();
    }
    int end = tokens.firstPosition() + tokens.time();
    return Optional.of(
        new Rotation(
            tableOf(layer, longFactors).upTo(end),
            tokens.time(),
            tokens.firstPosition(),
            config.attention().stateSize(),
            size,
            rotary.interleaved(),
            false));
  }

  private Growing tableOf(int layer, boolean longFactors) {
    if (windowTable.isPresent() && config.attention().windows().get(layer) > 0) {
      return windowTable.get();
    }
    return longFactors ? longTable.orElse(table) : table;
  }
}
