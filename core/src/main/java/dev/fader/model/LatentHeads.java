package dev.fader.model;

import dev.fader.grad.ColumnRun;
import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.grad.Variable;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.row.Rotation;
import java.util.ArrayList;
import java.util.List;

/// Arranges the columns of latent attention for the attention kernels, rotated columns first, which
/// leaves every score unchanged.
///
/// Without a cache keys and values are expanded, and the smaller of query and value heads padded
/// with zeros. A cache holds the rows (rotated | latent) that all heads share: the expansion of the
/// keys is absorbed into the queries, and that of the values comes after attention
/// (arXiv:2405.04434, section 2.1.2).
final class LatentHeads {
  private final LatentAttention latent;
  private final int heads;
  private final int size; // of a head in attention
  private final List<ColumnRun> states = new ArrayList<>();
  private final List<ColumnRun> values = new ArrayList<>();
  private final int cachedSize; // of a query or key over a cache
  private final List<ColumnRun> cachedStates = new ArrayList<>();

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
    int rank = latent.keyValueRank();
    cachedSize = Math.addExact(rope, rank);
    int cachedKeys = Math.multiplyExact(heads, cachedSize);
    for (int head = 0; head < heads; head++) {
      int start = head * cachedSize;
      cachedStates.add(new ColumnRun(0, head * (nope + rope) + nope, start, rope));
      cachedStates.add(new ColumnRun(1, head * rank, start + rope, rank));
    }
    cachedStates.add(new ColumnRun(3, rank, cachedKeys, rope));
    cachedStates.add(new ColumnRun(2, 0, cachedKeys + rope, rank));
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

  /// The states over a cache: (rows, queries | key), each (rotated | latent).
  ///
  /// @param queries (rows, heads of nope | rope)
  /// @param latentRows (rows, latent), normalized
  /// @param narrow (rows, latent | rope)
  /// @param expansion from a latent to the keys and values of all heads
  Variable cachedStates(
      Tape tape, Variable queries, Variable latentRows, Variable narrow, Projection expansion) {
    var weight = expansion.matrix(); // (latent, heads of nope | value)
    var keys = new ArrayList<Matrix>(); // (nope, latent) by head
    for (int head = 0; head < heads; head++) {
      int start = head * (latent.nopeSize() + latent.valueSize());
      keys.add(weight.columns(start, latent.nopeSize()).transposed());
    }
    var absorbed = tape.linearOfHeads(queries, keys, latent.headSize());
    return tape.arrange(
        List.of(queries, absorbed, latentRows, narrow), (heads + 1) * cachedSize, cachedStates);
  }

  /// Rotates queries and keys over a cache as `rotation` does without one.
  Variable rotateCached(Tape tape, Variable states, Rotation rotation, TokenBlock tokens) {
    var cached =
        new Rotation(
            rotation.table(),
            cachedSize,
            rotation.rotated(),
            rotation.interleaved(),
            rotation.inverse());
    return tape.rotate(states, cached, tokens, (heads + 1) * cachedSize);
  }

  /// The values of all heads from mixed latents (rows, heads of latent).
  Variable cachedValues(Tape tape, Variable mixed, Projection expansion) {
    var weight = expansion.matrix(); // (latent, heads of nope | value)
    var expansions = new ArrayList<Matrix>(); // (latent, value) by head
    for (int head = 0; head < heads; head++) {
      int start = head * (latent.nopeSize() + latent.valueSize()) + latent.nopeSize();
      expansions.add(weight.columns(start, latent.valueSize()));
    }
    return tape.linearOfHeads(mixed, expansions, latent.keyValueRank());
  }

  /// The heads of `mixed` without padding.
  Variable values(Tape tape, Variable mixed) {
    return latent.valueSize() == size
        ? mixed
        : tape.arrange(List.of(mixed), heads * latent.valueSize(), values);
  }
}
