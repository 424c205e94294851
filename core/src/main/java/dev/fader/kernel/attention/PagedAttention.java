package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import java.util.ArrayDeque;

/// Attention of the rows of many sequences over the pages that hold their keys and values, as in
/// generation: prompts of some beside single tokens of others. [ScalarPagedAttention] is the
/// reference.
///
/// The bits of a row depend on its own sequence alone, not on what else is in the pass nor on the
/// number of threads. They are the same however a sequence is cut into passes of at most [#FEW]
/// rows, and however it is cut into passes of more.
public final class PagedAttention {
  /// Up to this many rows of a sequence are computed each as if it were alone.
  public static final int FEW = 16;

  private final Workers workers;
  private final boolean vectors;
  private final ArrayDeque<PageWriter> writers = new ArrayDeque<>();
  private final ArrayDeque<PagedPass> passes = new ArrayDeque<>();

  /// @param vectors whether to use the Vector API or the scalar reference
  public PagedAttention(Workers workers, boolean vectors) {
    this.workers = workers;
    this.vectors = vectors;
  }

  /// Writes the keys (rows, keyValueHeads * keySize) and values (rows, keyValueHeads * valueSize)
  /// of the rows of `sequences` into their pages.
  ///
  /// @throws IllegalArgumentException if the matrices do not have these sizes
  public void store(PagedLayer layer, CachedSequences sequences, Matrix keys, Matrix values) {
    var layout = layer.layout();
    int rows = sequences.totalRows();
    Floats.require(keys, rows, layout.keyValueHeads() * layout.keySize(), "keys");
    if (layout.valuesInKeys()) {
      throw new IllegalArgumentException("values that are part of the keys are stored with them");
    }
    Floats.require(values, rows, layout.keyValueHeads() * layout.valueSize(), "values");
    write(layer, sequences, keys, values);
  }

  /// Writes the keys (rows, keySize), which the values are part of, into the pages.
  ///
  /// @throws IllegalArgumentException if values are stored apart, or the matrix does not have this
  ///   size
  public void store(PagedLayer layer, CachedSequences sequences, Matrix keys) {
    var layout = layer.layout();
    Floats.require(keys, sequences.totalRows(), layout.keySize(), "keys");
    if (!layout.valuesInKeys()) {
      throw new IllegalArgumentException("values are stored apart from the keys and are missing");
    }
    write(layer, sequences, keys, keys);
  }

  private void write(PagedLayer layer, CachedSequences sequences, Matrix keys, Matrix values) {
    if (!vectors) {
      new ScalarPagedAttention(layer, sequences).store(workers, keys, values);
      return;
    }
    var writer = writer(layer, sequences, keys, values);
    try {
      writer.run(workers);
    } finally {
      synchronized (writers) {
        writers.push(writer);
      }
    }
  }

  private PageWriter writer(
      PagedLayer layer, CachedSequences sequences, Matrix keys, Matrix values) {
    synchronized (writers) {
      var writer = writers.poll();
      if (writer != null) {
        writer.begin(layer, sequences, keys, values);
        return writer;
      }
    }
    return new PageWriter(workers.threads(), layer, sequences, keys, values);
  }

  /// Sets `out` (rows, heads * valueSize) to the values weighted by the softmax of the scores of
  /// `queries` (rows, heads * keySize). The rows' own keys and values are in the pages already.
  ///
  /// @throws IllegalArgumentException if the matrices do not have these sizes
  /// @throws IndexOutOfBoundsException if a page that a row looks at was released
  public void forward(PagedLayer layer, CachedSequences sequences, Matrix queries, Matrix out) {
    var layout = layer.layout();
    int rows = sequences.totalRows();
    Floats.require(queries, rows, layer.heads() * layout.keySize(), "queries");
    Floats.require(out, rows, layer.heads() * layout.valueSize(), "attention output");
    if (!vectors) {
      new ScalarPagedAttention(layer, sequences).forward(workers, queries, out);
      return;
    }
    var pass = pass(layer, sequences, queries, out);
    try {
      pass.run(workers);
    } finally {
      synchronized (passes) {
        passes.push(pass);
      }
    }
  }

  private PagedPass pass(PagedLayer layer, CachedSequences sequences, Matrix queries, Matrix out) {
    synchronized (passes) {
      var pass = passes.poll();
      if (pass != null) {
        pass.begin(layer, sequences, queries, out);
        return pass;
      }
    }
    return new PagedPass(workers.threads(), layer, sequences, queries, out);
  }
}
