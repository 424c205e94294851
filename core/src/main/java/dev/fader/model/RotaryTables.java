package dev.fader.model;

import dev.fader.kernel.row.Rotation;
import dev.fader.model.RotaryTable.TextLength;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.Optional;

/// The rotary tables of all layers of a model, as long as the longest text so far. Safe for use by
/// several threads.
final class RotaryTables {
  /// Initial size. The context comes from an untrusted file, so tables grow with the texts instead.
  private static final int FIRST_POSITIONS = 4096;

  private final ModelConfig config;
  private final Positions.Rotary rotary;
  private final int size;
  private final GrowingTable table;
  private final Optional<GrowingTable> windowTable;
  private final Optional<GrowingTable> longTable;

  RotaryTables(ModelConfig config, Positions.Rotary rotary, TensorArena arena) {
    this.config = config;
    this.rotary = rotary;
    this.size = rotary.size() == 0 ? config.attention().headSize() : rotary.size();
    this.table = new GrowingTable(rotary.rope(), TextLength.SHORT, arena);
    this.windowTable =
        rotary.windowRope().map(rope -> new GrowingTable(rope, TextLength.SHORT, arena));
    this.longTable =
        switchesAt() < config.context()
            ? Optional.of(new GrowingTable(rotary.rope(), TextLength.LONG, arena))
            : Optional.empty();
  }

  /// The rows of one table and of those that it replaced, once a text of `length` tokens was read
  /// in a model whose context is `context`.
  static long rowsUpTo(int length, int context) {
    int last = Math.min(context, FIRST_POSITIONS);
    long rows = last;
    while (last < length) {
      last = (int) Math.min(context, 2L * last);
      rows += last;
    }
    return rows;
  }

  /// A table that is replaced by one of twice the length when a text outgrows it; the old one stays
  /// valid for its readers.
  private final class GrowingTable {
    private final Positions.RopeParameters rope;
    private final TextLength textLength;
    private final TensorArena arena;
    private volatile Tensor rows; // (positions, size)

    GrowingTable(Positions.RopeParameters rope, TextLength textLength, TensorArena arena) {
      this.rope = rope;
      this.textLength = textLength;
      this.arena = arena;
      this.rows = make(Math.min(config.context(), FIRST_POSITIONS));
    }

    private Tensor make(int positions) {
      return RotaryTable.of(rope, size, textLength, arena.floats(positions, size));
    }

    int upTo(int end) {
      return end <= length() ? length() : grow(end);
    }

    private int length() {
      return rows.shape().size(0);
    }

    private synchronized int grow(int end) {
      if (end > length()) {
        rows = make((int) Math.min(config.context(), Math.max(end, 2L * length())));
      }
      return length();
    }
  }

  private int switchesAt() {
    return rotary.rope().scaling() instanceof RotaryScaling.Longrope longrope
        ? longrope.originalContext()
        : config.context();
  }

  /// Whether a text of `length` tokens is rotated by LongRoPE's factors for long texts.
  boolean usesLongFactors(int length) {
    return longTable.isPresent() && length > switchesAt();
  }

  /// Makes all tables cover the positions before `end`. Rotations that were made before go on with
  /// the tables that they have.
  ///
  /// @return how many positions they cover
  int cover(int end) {
    int covered = table.upTo(end);
    if (windowTable.isPresent()) {
      windowTable.get().upTo(end);
    }
    if (longTable.isPresent()) {
      longTable.get().upTo(end);
    }
    return covered;
  }

  /// The rotation of queries and keys in `layer`, if there is one, at all positions that are
  /// covered.
  ///
  /// @param longFactors whether to use the factors for long texts
  Optional<Rotation> rotation(int layer, boolean longFactors) {
    if (rotary.nopeLayers().contains(layer)) {
      return Optional.empty();
    }
    return Optional.of(
        new Rotation(
            tableOf(layer, longFactors).rows,
            config.attention().stateSize(),
            size,
            rotary.interleaved(),
            false));
  }

  private GrowingTable tableOf(int layer, boolean longFactors) {
    if (windowTable.isPresent() && config.attention().windows().get(layer) > 0) {
      return windowTable.get();
    }
    return longFactors ? longTable.orElse(table) : table;
  }
}
