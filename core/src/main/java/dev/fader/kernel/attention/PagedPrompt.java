package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.product.Packing;
import dev.fader.kernel.product.Tile;
import dev.fader.kernel.vector.ScalarMath;
import java.util.Arrays;

/// Attention of a block of a sequence's rows for one key/value head, over one tile of keys after
/// the other (Dao et al., FlashAttention, 2022). Tiles begin at fixed positions and are taken in
/// ascending order, so that a row's bits do not depend on the rows beside it, and what is held does
/// not grow with the number of keys.
final class PagedPrompt {
  /// Rows of a chunk of work, a multiple of every [Tile#ROWS].
  private static final int ROWS = 96;

  /// Query heads of a chunk at most.
  private static final int HEADS = 4;

  /// Keys that are decoded at a time.
  private static final int KEYS = 256;

  /// Rows of scores are this much further apart than a power of two, or they would share cache
  /// sets.
  private static final int STRIDE = KEYS + 16;

  private static final int TOKENS = PageLayout.TOKENS;

  private float[] page = {}; // keys of a page as they lie
  private float[] keys = {}; // (keys / width, keySize, width)
  private float[] values = {}; // (strips, keys, width)
  private float[] pageValues = {}; // (tokens, valueSize)
  private float[] queries = {}; // (heads, rows / tile rows, keySize, tile rows)
  private float[] sums = {}; // (heads, rows, strips * width)
  private final float[] largest = new float[HEADS * ROWS];
  private final float[] totals = new float[HEADS * ROWS];
  private final float[] factors = new float[ROWS];
  private final float[] scores = new float[Tile.ROWS * STRIDE];
  private final float[] transposed = new float[Tile.ROWS * (KEYS + 4)];
  private final float[] tile = new float[Tile.ROWS * Tile.WIDTH];
  private int keySize;
  private int valueSize;
  private int strips;

  /// Chunks of a sequence of `rows` rows.
  static int chunks(PagedLayer layer, int rows) {
    return Math.ceilDiv(rows, ROWS) * layer.layout().keyValueHeads() * headBlocks(layer);
  }

  private static int headBlocks(PagedLayer layer) {
    return Math.ceilDiv(layer.group(), HEADS);
  }

  void run(PagedPass pass, int sequence, int chunk) {
    var layer = pass.layer;
    int headBlocks = headBlocks(layer);
    int keyHead = chunk / headBlocks % layer.layout().keyValueHeads();
    int firstHead = keyHead * layer.group() + chunk % headBlocks * HEADS;
    int heads = Math.min(HEADS, (keyHead + 1) * layer.group() - firstHead);
    int first = chunk / headBlocks / layer.layout().keyValueHeads() * ROWS;
    int rows = Math.min(ROWS, pass.sequences.rows(sequence) - first);
    int position = pass.sequences.firstPosition(sequence) + first;
    int firstRow = pass.sequences.firstRow(sequence) + first;
    grow(layer.layout());
    Arrays.fill(sums, 0, heads * ROWS * strips * Tile.WIDTH, 0);
    Arrays.fill(largest, Float.NEGATIVE_INFINITY);
    Arrays.fill(totals, 0);
    for (int h = 0; h < heads; h++) {
      packQueries(pass, firstRow, rows, h, firstHead + h);
    }
    int end = position + rows;
    for (int key = layer.firstKey(position) / KEYS * KEYS; key < end; key += KEYS) {
      int from = Math.max(key, layer.firstKey(position)) / TOKENS * TOKENS;
      pack(layer, pass.sequences.table(sequence), keyHead, key, from, Math.min(end, key + KEYS));
      for (int h = 0; h < heads; h++) {
        addTile(layer, h, position, rows, key);
      }
    }
    for (int h = 0; h < heads; h++) {
      store(pass, firstRow, rows, h, firstHead + h);
    }
  }

  private void grow(PageLayout layout) {
    keySize = layout.keySize();
    valueSize = layout.valueSize();
    strips = Math.ceilDiv(valueSize, Tile.WIDTH);
    page = grown(page, (keySize + 1) * TOKENS);
    pageValues = grown(pageValues, valueSize * TOKENS + Tile.WIDTH);
    keys = grown(keys, KEYS * keySize);
    values = grown(values, strips * KEYS * Tile.WIDTH);
    queries = grown(queries, HEADS * ROWS * keySize + Tile.WIDTH);
    sums = grown(sums, HEADS * ROWS * strips * Tile.WIDTH);
  }

  private static float[] grown(float[] array, int length) {
    return array.length < length ? new float[length] : array;
  }

  /// Packs the rows of one head, scaled, as left operand.
  private void packQueries(PagedPass pass, int firstRow, int rows, int h, int head) {
    var lines = Window.ofRows(pass.queries.rows(firstRow, rows).columns(head * keySize, keySize));
    for (int i = 0; i < rows; i += Tile.ROWS) {
      int width = Tile.rows(rows - i);
      int at = (h * ROWS + i) * keySize;
      Packing.pack(lines, i, Math.min(Tile.ROWS, rows - i), 0, keySize, queries, at, width);
      ScoreRow.scale(queries, at, width * keySize, pass.layer.scale());
    }
  }

  /// Packs keys and values of the positions `from`, where a page begins, to `end` of the tile at
  /// `key`.
  private void pack(PagedLayer layer, PageTable table, int keyHead, int key, int from, int end) {
    for (int position = from; position < end; position += TOKENS) {
      var memory = table.page(position / TOKENS);
      PageDecoder.keys(layer, memory, keyHead, page);
      int at = position - key;
      for (int token = 0; token < TOKENS; token += Tile.WIDTH) {
        int to = (at + token) * keySize;
        for (int d = 0; d < keySize; d++) {
          System.arraycopy(page, d * TOKENS + token, keys, to + d * Tile.WIDTH, Tile.WIDTH);
        }
      }
      PageDecoder.values(layer, memory, keyHead, page, pageValues);
      int tokens = Math.min(TOKENS, end - position);
      for (int strip = 0; strip < strips; strip++) {
        int to = (strip * KEYS + at) * Tile.WIDTH;
        for (int token = 0; token < tokens; token++) {
          System.arraycopy(
              pageValues,
              token * valueSize + strip * Tile.WIDTH,
              values,
              to + token * Tile.WIDTH,
              Tile.WIDTH);
        }
      }
    }
  }

  /// Adds what a tile of keys contributes to `rows` rows of head `h`, the first at `position`.
  private void addTile(PagedLayer layer, int h, int position, int rows, int key) {
    for (int i = 0; i < rows; i += Tile.ROWS) {
      int count = Math.min(Tile.ROWS, rows - i);
      int first = Math.max(key, layer.firstKey(position + i));
      int end = Math.min(key + KEYS, position + i + count);
      if (first < end) {
        addRows(layer, h, position, i, count, key, first - key, end - key);
      }
    }
  }

  /// The rows of one tile over the keys `first` to `end` from `key` on.
  private void addRows(
      PagedLayer layer, int h, int position, int i, int count, int key, int first, int end) {
    int height = Tile.rows(count);
    int from = first / Tile.WIDTH * Tile.WIDTH;
    int to = AttentionPanels.roundUp(end);
    int rowsAt = (h * ROWS + i) * keySize;
    for (int j = from; j < to; j += Tile.WIDTH) {
      Tile.multiply(height, queries, rowsAt, height, keys, j * keySize, keySize, scores, j, STRIDE);
    }
    for (int r = 0; r < count; r++) {
      int place = h * ROWS + i + r;
      int own = position + i + r;
      int ownFirst = Math.max(layer.firstKey(own) - key, from);
      int ownEnd = Math.min(own + 1 - key, to);
      factors[r] = weigh(layer, r * STRIDE, from, to, ownFirst, ownEnd, place);
    }
    Packing.transpose(scores, first, STRIDE, height, end - first, transposed);
    int padded = strips * Tile.WIDTH;
    for (int strip = 0; strip < strips; strip++) {
      int valuesAt = (strip * KEYS + first) * Tile.WIDTH;
      Tile.multiply(
          height, transposed, 0, height, values, valuesAt, end - first, tile, 0, Tile.WIDTH);
      for (int r = 0; r < count; r++) {
        int sum = (h * ROWS + i + r) * padded + strip * Tile.WIDTH;
        ScoreRow.fold(sums, sum, factors[r], tile, r * Tile.WIDTH, Tile.WIDTH);
      }
    }
  }

  /// From a row of scores to weights; returns what the sums so far are to be multiplied with.
  private float weigh(PagedLayer layer, int at, int from, int to, int first, int end, int place) {
    if (first >= end) {
      Arrays.fill(scores, at + from, at + to, 0);
      return 1;
    }
    float before = largest[place];
    float most = ScoreRow.mask(scores, at + from, at + to, at + first, at + end, layer.softCap());
    float now = Math.max(before, most);
    float factor = ScalarMath.exp(before - now);
    largest[place] = now;
    totals[place] = totals[place] * factor + ScoreRow.exponentiate(scores, at + from, at + to, now);
    return factor;
  }

  private void store(PagedPass pass, int firstRow, int rows, int h, int head) {
    float sink = pass.layer.sink(head);
    int padded = strips * Tile.WIDTH;
    for (int i = 0; i < rows; i++) {
      int place = h * ROWS + i;
      float most = Math.max(largest[place], sink);
      float factor = ScalarMath.exp(largest[place] - most);
      float total = totals[place] * factor + ScalarMath.exp(sink - most);
      long start = Floats.start(pass.out, firstRow + i) + 4L * head * valueSize;
      ScoreRow.store(
          sums, place * padded, valueSize, factor / total, pass.out.tensor().segment(), start);
    }
  }
}
