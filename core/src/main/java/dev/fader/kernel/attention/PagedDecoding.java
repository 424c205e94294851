package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Floats;
import java.util.Arrays;

/// Attention of the few rows of a sequence over one span of its keys, for one key/value head: each
/// page is decoded once, for all rows and for all query heads that share it. Spans and the tiles in
/// them begin at fixed positions, so that a query has the bits that it has alone.
final class PagedDecoding {
  /// Keys of a chunk of work.
  static final int SPAN = 1024;

  /// Keys whose scores are held at a time.
  private static final int TILE = 256;

  /// Queries of a chunk at most.
  static final int BLOCK = 64;

  private float[] keys = {};
  private float[] values = {};
  private float[] queries = {};
  private final float[] scores = new float[BLOCK * TILE];

  /// The keys that each query sees, from the first to one past the last.
  private final int[] firsts = new int[BLOCK];

  private final int[] ends = new int[BLOCK];

  /// Columns of values in sums.
  static int padded(int valueSize) {
    return Math.ceilDiv(valueSize, QueryProducts.COLUMNS) * QueryProducts.COLUMNS;
  }

  /// Chunk `chunk` of a sequence: a head, a block of its queries, a span.
  void run(PagedPass pass, int sequence, int chunk) {
    var layout = pass.layer.layout();
    int spans = pass.spans(sequence);
    int span = chunk % spans;
    int headBlock = chunk / spans;
    int head = headBlock / pass.blocks(sequence);
    int first = headBlock % pass.blocks(sequence) * BLOCK;
    int count = Math.min(BLOCK, pass.queriesPerHead(sequence) - first);
    grow(layout);
    load(pass, sequence, head, first, count);
    int place = pass.place(sequence, chunk);
    pass.results.clear(place, count);
    int start = (pass.firstSpan(sequence) + span) * SPAN;
    int end = Math.min(start + SPAN, ends[count - 1]);
    for (int tile = start / TILE * TILE; tile < end; tile += TILE) {
      addTile(pass, sequence, head, tile, count, place);
    }
    if (pass.results.isComplete(pass.unit(sequence, headBlock))) {
      store(pass, sequence, head, first, count, pass.place(sequence, headBlock * spans));
    }
  }

  private void grow(PageLayout layout) {
    int keyNumbers = (layout.keySize() + 1) * PageLayout.TOKENS;
    int valueNumbers = layout.valueSize() * PageLayout.TOKENS + 2 * QueryProducts.COLUMNS;
    if (keys.length < keyNumbers) {
      keys = new float[keyNumbers];
      queries = new float[BLOCK * (layout.keySize() + 1)];
    }
    if (values.length < valueNumbers) {
      values = new float[valueNumbers];
    }
  }

  /// An even number of columns.
  private static int evenSize(PageLayout layout) {
    return layout.keySize() + layout.keySize() % 2;
  }

  private void load(PagedPass pass, int sequence, int head, int first, int count) {
    var layer = pass.layer;
    int keySize = layer.layout().keySize();
    int size = evenSize(layer.layout());
    var from = pass.queries;
    for (int i = 0; i < count; i++) {
      int row = (first + i) / layer.group();
      int queryHead = head * layer.group() + (first + i) % layer.group();
      int position = pass.sequences.firstPosition(sequence) + row;
      firsts[i] = layer.firstKey(position);
      ends[i] = position + 1;
      long start =
          Floats.start(from, pass.sequences.firstRow(sequence) + row) + queryHead * keySize * 4L;
      queries[i * size + size - 1] = 0;
      ScoreRow.load(
          from.tensor().segment(), start, keySize, layer.scale(), queries, /* at= */ i * size);
    }
  }

  /// Adds what the keys from `tile` on contribute to `count` queries.
  private void addTile(PagedPass pass, int sequence, int head, int tile, int count, int place) {
    var layer = pass.layer;
    var table = pass.sequences.table(sequence);
    int from = Math.max(tile, firsts[0]) / PageLayout.TOKENS;
    int end = Math.min(tile + TILE, ends[count - 1]);
    int endPage = Math.ceilDiv(end, PageLayout.TOKENS);
    if (from >= endPage) {
      return;
    }
    for (int page = from; page < endPage; page++) {
      PageDecoder.keys(layer, table.page(page), head, keys);
      int at = page * PageLayout.TOKENS - tile;
      QueryProducts.score(queries, count, evenSize(layer.layout()), keys, scores, at, TILE);
    }
    int fromKey = from * PageLayout.TOKENS;
    int endKey = endPage * PageLayout.TOKENS;
    for (int i = 0; i < count; i++) {
      weigh(pass, i, tile, fromKey, endKey, place + i);
    }
    var results = pass.results;
    for (int page = from; page < endPage; page++) {
      int key = page * PageLayout.TOKENS;
      PageDecoder.values(layer, table.page(page), head, keys, values);
      QueryProducts.add(
          scores,
          key - tile,
          TILE,
          count,
          values,
          layer.layout().valueSize(),
          Math.min(PageLayout.TOKENS, end - key),
          results,
          place);
    }
  }

  /// From scores of query `i` to weights.
  private void weigh(PagedPass pass, int i, int tile, int fromKey, int endKey, int place) {
    int row = i * TILE - tile;
    int first = Math.max(fromKey, firsts[i]);
    int end = Math.min(endKey, ends[i]);
    if (first >= end) {
      Arrays.fill(scores, row + fromKey, row + endKey, 0);
      return;
    }
    float most =
        ScoreRow.mask(
            scores, row + fromKey, row + endKey, row + first, row + end, pass.layer.softCap());
    float largest = pass.results.raise(place, most);
    pass.results.totals[place] +=
        ScoreRow.exponentiate(scores, row + fromKey, row + endKey, largest);
  }

  private void store(PagedPass pass, int sequence, int head, int first, int count, int place) {
    var layer = pass.layer;
    var results = pass.results;
    int valueSize = layer.layout().valueSize();
    int spans = pass.spans(sequence);
    int stride = pass.blockQueries(sequence);
    for (int i = 0; i < count; i++) {
      int row = pass.sequences.firstRow(sequence) + (first + i) / layer.group();
      int queryHead = head * layer.group() + (first + i) % layer.group();
      float factor = results.merge(place + i, stride, spans, layer.sink(queryHead));
      long start = Floats.start(pass.out, row) + queryHead * valueSize * 4L;
      var memory = pass.out.tensor().segment();
      ScoreRow.store(results.sums, (place + i) * results.padded, valueSize, factor, memory, start);
    }
  }
}
