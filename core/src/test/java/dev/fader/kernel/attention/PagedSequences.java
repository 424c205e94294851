package dev.fader.kernel.attention;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.TensorArena;
import java.lang.foreign.Arena;
import java.util.Random;

/// Sequences with random queries, keys and values of their whole lengths, of which passes compute
/// parts: what a row gets must not depend on the passes.
final class PagedSequences {
  private static final int LAYERS = 3;
  private static final byte GARBAGE = (byte) 0xfe; // a NaN or a large number in every type

  final PagedLayer layer;
  final Matrix[] queries; // (length, heads * keySize) of each sequence
  final Matrix[] keys; // (length, keyValueHeads * keySize)
  final Matrix[] values; // (length, keyValueHeads * valueSize)
  private final TensorArena arena;
  private final Arena pages;
  private final PageTable[] tables;

  PagedSequences(TensorArena arena, Arena pages, PagedLayer layer, int... lengths) {
    this.arena = arena;
    this.pages = pages;
    this.layer = layer;
    var layout = layer.layout();
    queries = new Matrix[lengths.length];
    keys = new Matrix[lengths.length];
    values = new Matrix[lengths.length];
    tables = new PageTable[lengths.length];
    for (int s = 0; s < lengths.length; s++) {
      var random = new Random(s + 1);
      queries[s] = random(random, lengths[s], layer.heads() * layout.keySize());
      keys[s] = random(random, lengths[s], layout.keyValueHeads() * layout.keySize());
      values[s] = random(random, lengths[s], layout.keyValueHeads() * layout.valueSize());
      tables[s] = new PageTable();
    }
  }

  /// The place of a layer among three of the same layout.
  static long offset(PageLayout layout) {
    return layout.bytes();
  }

  private Matrix random(Random random, int rows, int columns) {
    var matrix = Matrix.of(arena.floats(rows, columns));
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        matrix.set(row, column, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  int count() {
    return tables.length;
  }

  int length(int sequence) {
    return queries[sequence].rows();
  }

  PageTable table(int sequence) {
    return tables[sequence];
  }

  /// A part of a sequence in a pass.
  record Part(int sequence, int from, int rows) {}

  /// Stores and computes `parts` in one pass; the rows of the result are theirs in this order.
  Matrix pass(Kernels kernels, Part... parts) {
    return forward(kernels, store(kernels, parts), parts);
  }

  /// Stores the keys and values of `parts`.
  CachedSequences store(Kernels kernels, Part... parts) {
    var sequences = sequences(parts);
    var layout = layer.layout();
    var attention = kernels.pagedAttention();
    var key = gather(keys, sequences.totalRows(), layout.keyValueHeads() * layout.keySize(), parts);
    if (layout.valuesInKeys()) {
      attention.store(layer, sequences, key);
    } else {
      int columns = layout.keyValueHeads() * layout.valueSize();
      attention.store(layer, sequences, key, gather(values, sequences.totalRows(), columns, parts));
    }
    return sequences;
  }

  Matrix forward(Kernels kernels, CachedSequences sequences, Part... parts) {
    var layout = layer.layout();
    int rows = sequences.totalRows();
    var query = gather(queries, rows, layer.heads() * layout.keySize(), parts);
    var around = arena.floats(rows + 2L, layer.heads() * layout.valueSize() + 3L);
    var out = Matrix.of(around).rows(1, rows).columns(2, layer.heads() * layout.valueSize());
    kernels.pagedAttention().forward(layer, sequences, query, out);
    return out;
  }

  /// The description of a pass, with the pages that it needs.
  CachedSequences sequences(Part... parts) {
    var sequences = new CachedSequences();
    for (var part : parts) {
      var table = tables[part.sequence()];
      int end = part.from() + part.rows();
      while (table.size() * PageLayout.TOKENS < end) {
        var page = pages.allocate(LAYERS * layer.layout().bytes(), 64);
        table.append(page.fill(GARBAGE));
      }
      sequences.add(part.rows(), part.from(), table);
    }
    return sequences;
  }

  /// Rows side by side with others, as a fused projection leaves them.
  private Matrix gather(Matrix[] from, int rows, int columns, Part... parts) {
    var matrix = Matrix.of(arena.floats(rows, columns + 7L)).columns(3, columns);
    int row = 0;
    for (var part : parts) {
      for (int i = 0; i < part.rows(); i++, row++) {
        for (int column = 0; column < columns; column++) {
          matrix.set(row, column, from[part.sequence()].get(part.from() + i, column));
        }
      }
    }
    return matrix;
  }

  /// The definition in double, for one row of one sequence; keys and values as they were stored.
  double[] expected(int sequence, int position) {
    var layout = layer.layout();
    var out = new double[layer.heads() * layout.valueSize()];
    int first = layer.firstKey(position);
    var storedKeys = new double[0][];
    var storedValues = new double[0][];
    for (int head = 0; head < layer.heads(); head++) {
      if (head % layer.group() == 0) {
        storedKeys = stored(sequence, first, position, head / layer.group(), true);
        storedValues = stored(sequence, first, position, head / layer.group(), false);
      }
      var weights = new double[position + 1];
      double sink = layer.sink(head);
      double largest = sink;
      for (int j = first; j <= position; j++) {
        weights[j] = score(sequence, position, head, storedKeys[j]);
        largest = Math.max(largest, weights[j]);
      }
      double sum = Math.exp(sink - largest);
      for (int j = first; j <= position; j++) {
        weights[j] = Math.exp(weights[j] - largest);
        sum += weights[j];
      }
      for (int j = first; j <= position; j++) {
        for (int d = 0; d < layout.valueSize(); d++) {
          out[head * layout.valueSize() + d] += weights[j] / sum * storedValues[j][d];
        }
      }
    }
    return out;
  }

  private double score(int sequence, int position, int head, double[] key) {
    int size = layer.layout().keySize();
    double sum = 0;
    for (int d = 0; d < size; d++) {
      sum += queries[sequence].get(position, head * size + d) * key[d];
    }
    double score = layer.scale() * sum;
    return layer.softCap() > 0 ? layer.softCap() * Math.tanh(score / layer.softCap()) : score;
  }

  /// The keys or the values of a head at positions `first` to `last`, each at its position.
  private double[][] stored(int sequence, int first, int last, int head, boolean key) {
    var cells = new PageCells(layer.layout(), layer.offset());
    int size = key ? layer.layout().keySize() : layer.layout().valueSize();
    var stored = new double[last + 1][];
    for (int position = first; position <= last; position++) {
      var page = tables[sequence].page(position / PageLayout.TOKENS);
      int token = position % PageLayout.TOKENS;
      stored[position] = new double[size];
      for (int d = 0; d < size; d++) {
        stored[position][d] =
            key ? cells.key(page, head, token, d) : cells.value(page, head, token, d);
      }
    }
    return stored;
  }
}
