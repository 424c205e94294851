package dev.fader.grad;

import dev.fader.kernel.matrix.Floats;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;

/// The tokens of one forward pass, their ids and positions by row: whole sequences of one length,
/// as in training, or the next tokens of any sequences, whose earlier keys and values are cached.
public final class TokenBlock {
  private final Tensor ids; // INT32 (rows)
  private final int[] positions; // (rows), none where memory is only counted
  private final int rows;
  private final int time;

  private TokenBlock(Tensor ids, int rows, int time) {
    if (ids.type() != DType.INT32 || ids.elements() != rows) {
      throw new IllegalArgumentException("%d tokens are not %s".formatted(rows, ids));
    }
    this.ids = ids;
    this.rows = rows;
    this.time = time;
    this.positions = new int[ids.isCounted() ? 0 : rows];
  }

  /// `batch` whole sequences of `time` tokens: row `b * time + t` is token t of sequence b.
  ///
  /// @param ids INT32 (batch * time)
  /// @throws IllegalArgumentException if `ids` is of another type or size
  public static TokenBlock ofSequences(Tensor ids, int batch, int time) {
    var block = new TokenBlock(ids, Math.multiplyExact(batch, time), time);
    for (int row = 0; row < block.positions.length; row++) {
      block.positions[row] = row % time;
    }
    return block;
  }

  /// Rows to be set by [#set], anew for each pass.
  ///
  /// @param ids INT32 (rows)
  public static TokenBlock ofRows(Tensor ids) {
    return new TokenBlock(ids, Math.toIntExact(ids.elements()), 0);
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

  /// Tokens of each sequence; 0 if the rows are not whole sequences.
  public int time() {
    return time;
  }

  /// The number of whole sequences.
  public int batch() {
    return time == 0 ? 0 : rows / time;
  }

  /// By row; not to be changed by the caller.
  int[] positions() {
    return positions;
  }
}
