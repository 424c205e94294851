package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Floats;
import java.util.Arrays;

/// Attention of the few rows of a sequence over one span of its keys, for some of its key/value
/// heads: each page is decoded once, for all rows and for all query heads that share it. Spans and
/// the tiles in them begin at fixed positions, so that a query has the bits that it has alone.
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

  private CachedSequences sequences = new CachedSequences();
  private PageTable table = new PageTable();
  private SpanResults results = new SpanResults();
  private PagedLayer layer;

  // The chunk: `heads` key/value heads from `firstHead` on, `count` queries of each from `first`
  // on.
  private int firstHead;
  private int heads;
  private int first;
  private int count;

  PagedDecoding(PagedLayer layer) {
    this.layer = layer;
  }

  /// Columns of values in sums.
  static int padded(int valueSize) {
    return Math.ceilDiv(valueSize, QueryProducts.COLUMNS) * QueryProducts.COLUMNS;
  }

  /// Chunk `chunk` of a sequence: some heads, a block of their queries, a span.
  void run(PagedPass pass, int sequence, int chunk) {
    int spans = pass.spans(sequence);
    int unit = chunk / spans;
    sequences = pass.sequences;
    layer = pass.layer;
    results = pass.results;
    table = sequences.table(sequence);
    firstHead = unit / pass.blocks(sequence) * pass.headsPerChunk(sequence);
    heads = Math.min(pass.headsPerChunk(sequence), layer.layout().keyValueHeads() - firstHead);
    first = unit % pass.blocks(sequence) * BLOCK;
    count = Math.min(BLOCK, pass.queriesPerHead(sequence) - first);
    grow(layer.layout());
    load(pass, sequence);
    int place = pass.place(sequence, chunk);
    results.clear(place, heads * count);
    int start = (pass.firstSpan(sequence) + chunk % spans) * SPAN;
    int end = Math.min(start + SPAN, ends[count - 1]);
    for (int tile = start; tile < end; tile += TILE) {
      addTile(tile, place);
    }
    if (results.isComplete(pass.unit(sequence, unit))) {
      store(pass, sequence, pass.place(sequence, unit * spans));
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

  private void load(PagedPass pass, int sequence) {
    int group = layer.group();
    int keySize = layer.layout().keySize();
    int size = evenSize(layer.layout());
    var from = pass.queries;
    for (int i = 0; i < count; i++) {
      int row = (first + i) / group;
      int position = sequences.firstPosition(sequence) + row;
      firsts[i] = layer.firstKey(position);
      ends[i] = position + 1;
      long start = Floats.start(from, sequences.firstRow(sequence) + row);
      for (int h = 0; h < heads; h++) {
        int head = (firstHead + h) * group + (first + i) % group;
        int at = (h * count + i) * size;
        queries[at + size - 1] = 0;
        ScoreRow.load(
            from.tensor().segment(),
            start + 4L * head * keySize,
            keySize,
            layer.scale(),
            queries,
            at);
      }
    }
  }

  /// Adds what the keys from `tile` on contribute.
  private void addTile(int tile, int place) {
    int from = Math.max(tile, firsts[0]) / PageLayout.TOKENS;
    int end = Math.min(tile + TILE, ends[count - 1]);
    int endPage = Math.ceilDiv(end, PageLayout.TOKENS);
    if (from >= endPage) {
      return;
    }
    int size = evenSize(layer.layout());
    for (int index = from; index < endPage; index++) {
      var page = table.page(index);
      int key = index * PageLayout.TOKENS - tile;
      for (int h = 0; h < heads; h++) {
        PageDecoder.keys(layer, page, firstHead + h, keys);
        int query = h * count;
        QueryProducts.score(queries, query, count, size, keys, scores, query * TILE + key, TILE);
      }
    }
    for (int i = 0; i < heads * count; i++) {
      weigh(i, tile, from * PageLayout.TOKENS, endPage * PageLayout.TOKENS, place + i);
    }
    int valueSize = layer.layout().valueSize();
    for (int index = from; index < endPage; index++) {
      var page = table.page(index);
      int key = index * PageLayout.TOKENS;
      int tokens = Math.min(PageLayout.TOKENS, end - key);
      for (int h = 0; h < heads; h++) {
        PageDecoder.values(layer, page, firstHead + h, keys, values);
        int query = h * count;
        int at = query * TILE + key - tile;
        QueryProducts.add(
            scores, at, TILE, count, values, valueSize, tokens, results, place + query);
      }
    }
  }

  /// From scores of query `i` to weights.
  private void weigh(int i, int tile, int fromKey, int endKey, int place) {
    int row = i * TILE - tile;
    int firstKey = Math.max(fromKey, firsts[i % count]);
    int end = Math.min(endKey, ends[i % count]);
    if (firstKey >= end) {
      Arrays.fill(scores, row + fromKey, row + endKey, 0);
      return;
    }
    float most =
        ScoreRow.mask(
            scores, row + fromKey, row + endKey, row + firstKey, row + end, layer.softCap());
    float largest = results.raise(place, most);
    results.totals[place] += ScoreRow.exponentiate(scores, row + fromKey, row + endKey, largest);
  }

  private void store(PagedPass pass, int sequence, int place) {
    int group = layer.group();
    int valueSize = layer.layout().valueSize();
    var memory = pass.out.tensor().segment();
    for (int i = 0; i < heads * count; i++) {
      int query = first + i % count;
      int head = (firstHead + i / count) * group + query % group;
      float factor =
          results.merge(place + i, pass.stride(sequence), pass.spans(sequence), layer.sink(head));
      int row = sequences.firstRow(sequence) + query / group;
      long start = Floats.start(pass.out, row) + 4L * head * valueSize;
      ScoreRow.store(results.sums, (place + i) * results.padded, valueSize, factor, memory, start);
    }
  }
}
