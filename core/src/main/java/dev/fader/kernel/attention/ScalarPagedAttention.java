package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;

/// The reference: one row of one head after the other, as the definition reads.
record ScalarPagedAttention(PagedLayer layer, CachedSequences sequences) {
  void store(Workers workers, Matrix keys, Matrix values) {
    var layout = layer.layout();
    var cells = new PageCells(layout, layer.offset());
    workers.forEach(
        sequences.count(),
        (sequence, worker) -> {
          var key = new float[keys.columns()];
          var value = new float[values.columns()];
          for (int i = 0; i < sequences.rows(sequence); i++) {
            int row = sequences.firstRow(sequence) + i;
            int position = sequences.firstPosition(sequence) + i;
            var page = sequences.table(sequence).page(position / PageLayout.TOKENS);
            int token = position % PageLayout.TOKENS;
            keys.read(row, key);
            values.read(row, value);
            for (int head = 0; head < layout.keyValueHeads(); head++) {
              cells.setKey(page, head, token, key, head * layout.keySize());
              if (!layout.valuesInKeys()) {
                cells.setValue(page, head, token, value, head * layout.valueSize());
              }
            }
          }
        });
  }

  void forward(Workers workers, Matrix queries, Matrix out) {
    workers.forEach(
        sequences.count() * layer.heads(),
        (chunk, worker) -> {
          int sequence = chunk / layer.heads();
          var head = new Head(this, sequence, chunk % layer.heads());
          for (int i = 0; i < sequences.rows(sequence); i++) {
            head.forward(i, queries, out);
          }
        });
  }

  /// One query head of one sequence.
  private static final class Head {
    private final PagedLayer layer;
    private final PageLayout layout;
    private final PageCells cells;
    private final PageTable table;
    private final int firstRow;
    private final int firstPosition;
    private final int head;
    private final int keyHead;
    private final float[] scores;

    Head(ScalarPagedAttention attention, int sequence, int head) {
      layer = attention.layer;
      layout = layer.layout();
      cells = new PageCells(layout, layer.offset());
      table = attention.sequences.table(sequence);
      firstRow = attention.sequences.firstRow(sequence);
      firstPosition = attention.sequences.firstPosition(sequence);
      this.head = head;
      keyHead = head / layer.group();
      scores = new float[attention.sequences.end(sequence)];
    }

    void forward(int i, Matrix queries, Matrix out) {
      int end = firstPosition + i + 1;
      int first = layer.firstKey(end - 1);
      float sink = layer.sink(head);
      float largest = sink;
      for (int j = first; j < end; j++) {
        scores[j] = score(queries, firstRow + i, j);
        largest = Math.max(largest, scores[j]);
      }
      float sum = (float) Math.exp(sink - largest);
      for (int j = first; j < end; j++) {
        scores[j] = (float) Math.exp(scores[j] - largest);
        sum += scores[j];
      }
      for (int d = 0; d < layout.valueSize(); d++) {
        float weighted = 0;
        for (int j = first; j < end; j++) {
          weighted += scores[j] * value(j, d);
        }
        out.set(firstRow + i, head * layout.valueSize() + d, weighted / sum);
      }
    }

    private float score(Matrix queries, int row, int j) {
      var page = table.page(j / PageLayout.TOKENS);
      float sum = 0;
      for (int d = 0; d < layout.keySize(); d++) {
        float query = queries.get(row, head * layout.keySize() + d);
        sum += query * cells.key(page, keyHead, j % PageLayout.TOKENS, d);
      }
      float score = layer.scale() * sum;
      return layer.softCap() > 0
          ? layer.softCap() * (float) Math.tanh(score / layer.softCap())
          : score;
    }

    private float value(int j, int d) {
      var page = table.page(j / PageLayout.TOKENS);
      return cells.value(page, keyHead, j % PageLayout.TOKENS, d);
    }
  }
}
