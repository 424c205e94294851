package dev.fader.grad;

import dev.fader.kernel.matrix.Floats;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// The tokens of one forward pass, their ids and positions by row: whole sequences, as in training,
/// or the next tokens of any sequences, whose earlier keys and values are cached.
public final class TokenBlock {
  private final Tensor ids; // INT32 (rows)
  private final int[] positions; // (rows), none where memory is only counted
  private final int rows;
  private final List<Sequences> sequences;

  private TokenBlock(Tensor ids, int rows, List<Sequences> sequences) {
    if (ids.type() != DType.INT32 || ids.elements() != rows) {
      throw new IllegalArgumentException("%d tokens are not %s".formatted(rows, ids));
    }
    this.ids = ids;
    this.rows = rows;
    this.sequences = List.copyOf(sequences);
    this.positions = new int[ids.isCounted() ? 0 : rows];
    int row = 0;
    for (var some : sequences) {
      for (int end = row + some.count * some.time; row < end && row < positions.length; row++) {
        positions[row] = (row - end + some.count * some.time) % some.time;
      }
    }
  }

  /// Whole sequences of one length, one behind the other.
  public record Sequences(int count, int time) {}

  /// `batch` whole sequences of `time` tokens: row `b * time + t` is token t of sequence b.
  ///
  /// @param ids INT32 (batch * time)
  /// @throws IllegalArgumentException if `ids` is of another type or size
  public static TokenBlock ofSequences(Tensor ids, int batch, int time) {
    return new TokenBlock(
        ids, Math.multiplyExact(batch, time), List.of(new Sequences(batch, time)));
  }

  /// Whole sequences of any lengths, one behind the other, none of which sees another.
  ///
  /// @param ids INT32 (sum of lengths)
  /// @throws IllegalArgumentException if `ids` is of another type or size, or a length is not
  ///   positive
  public static TokenBlock ofSequences(Tensor ids, int[] lengths) {
    var sequences = new ArrayList<Sequences>();
    int rows = 0;
    for (int length : lengths) {
      if (length < 1) {
        throw new IllegalArgumentException("a sequence of %d tokens".formatted(length));
      }
      boolean same = !sequences.isEmpty() && sequences.getLast().time == length;
      int before = same ? sequences.removeLast().count : 0;
      sequences.add(new Sequences(before + 1, length));
      rows = Math.addExact(rows, length);
    }
    return new TokenBlock(ids, rows, sequences);
  }

  /// Rows to be set by [#set], anew for each pass.
  ///
  /// @param ids INT32 (rows)
  public static TokenBlock ofRows(Tensor ids) {
    return new TokenBlock(ids, Math.toIntExact(ids.elements()), List.of());
  }

  /// Sets a row of [#ofRows].
  public void set(int row, int id, int position) {
    ids.segment().set(Floats.INT, (long) row << 2, id);
    positions[row] = position;
  }

  /// INT32 (rows).
  public Tensor ids() {
    return ids;
  }

  /// The number of tokens.
  public int rows() {
    return rows;
  }

  /// The whole sequences, in order; none if the rows are not whole sequences.
  public List<Sequences> sequences() {
    return sequences;
  }

  /// The tokens of the longest whole sequence; 0 if there is none.
  public int time() {
    int longest = 0;
    for (var some : sequences) {
      longest = Math.max(longest, some.time);
    }
    return longest;
  }

  /// By row; not to be changed by the caller.
  int[] positions() {
    return positions;
  }
}
