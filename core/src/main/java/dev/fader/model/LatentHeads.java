package dev.fader.model;

import dev.fader.grad.ColumnRun;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import java.util.ArrayList;
import java.util.List;

/// Arranges the columns of latent attention for the attention kernel: rotated columns first, which
/// leaves every score unchanged, and the smaller of query and value heads padded with zeros.
final class LatentHeads {
  private final LatentAttention latent;
  private final int heads;
  private final int size; // of a head in attention
  private final List<ColumnRun> states = new ArrayList<>();
  private final List<ColumnRun> values = new ArrayList<>();

  LatentHeads(ModelConfig config, LatentAttention latent) {
    this.latent = latent;
    this.heads = config.attention().heads();
    this.size = config.attention().stateSize();
    int nope = latent.nopeSize();
    int rope = latent.ropeSize();
    int value = latent.valueSize();
    int keys = heads * size;
    for (int head = 0; head < heads; head++) {
      int start = head * size;
      int query = head * (nope + rope);
      int expanded = head * (nope + value);
      states.add(new ColumnRun(0, query + nope, start, rope));
      states.add(new ColumnRun(0, query, start + rope, nope));
      states.add(new ColumnRun(2, latent.keyValueRank(), keys + start, rope));
      states.add(new ColumnRun(1, expanded, keys + start + rope, nope));
      states.add(new ColumnRun(1, expanded + nope, 2 * keys + start, value));
      values.add(new ColumnRun(0, start, head * value, value));
    }
  }

  LatentAttention latent() {
    return latent;
  }

  /// The latent of keys and values, without the rotated columns beside it.
  Variable latentOf(Tape tape, Variable narrow) {
    int rank = latent.keyValueRank();
    return tape.arrange(List.of(narrow), rank, List.of(new ColumnRun(0, 0, 0, rank)));
  }

  /// (rows, queries | keys | values)
  ///
  /// @param queries (rows, heads of nope | rope)
  /// @param expanded (rows, heads of nope | value)
  /// @param narrow (rows, latent | rope)
  Variable states(Tape tape, Variable queries, Variable expanded, Variable narrow) {
    return tape.arrange(List.of(queries, expanded, narrow), 3 * heads * size, states);
  }

  /// The heads of `mixed` without padding.
  Variable values(Tape tape, Variable mixed) {
    return latent.valueSize() == size
        ? mixed
        : tape.arrange(List.of(mixed), heads * latent.valueSize(), values);
  }
}
