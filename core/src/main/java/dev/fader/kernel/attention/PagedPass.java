package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import java.util.Arrays;

/// One call of [PagedAttention#forward], cut into chunks: of a sequence with few rows, some
/// key/value heads and a span of its keys for [PagedDecoding]; of another, a key/value head and a
/// block of its rows for [PagedPrompt]. To be used again: nothing is allocated once it has grown.
final class PagedPass implements Workers.Task {
  private static final int CHUNKS_PER_THREAD = 3;

  private final PagedDecoding[] decodings;
  private final PagedPrompt[] prompts;
  final SpanResults results = new SpanResults();
  PagedLayer layer;
  CachedSequences sequences;
  Matrix queries;
  Matrix out;

  /// One past the last chunk of each sequence.
  private int[] chunkEnds = new int[8];

  /// The first place of each sequence among the results of spans.
  private int[] places = new int[8];

  private int[] units = new int[8];
  private int mostHeads = 1;

  PagedPass(int threads, PagedLayer layer, CachedSequences sequences, Matrix queries, Matrix out) {
    decodings = new PagedDecoding[threads];
    prompts = new PagedPrompt[threads];
    Arrays.setAll(decodings, worker -> new PagedDecoding(layer));
    Arrays.setAll(prompts, worker -> new PagedPrompt());
    this.layer = layer;
    this.sequences = sequences;
    this.queries = queries;
    this.out = out;
  }

  void begin(PagedLayer layer, CachedSequences sequences, Matrix queries, Matrix out) {
    this.layer = layer;
    this.sequences = sequences;
    this.queries = queries;
    this.out = out;
  }

  void run(Workers workers) {
    int count = sequences.count();
    if (count > chunkEnds.length) {
      chunkEnds = new int[2 * count];
      places = new int[2 * count];
      units = new int[2 * count];
    }
    share(workers.threads());
    int chunks = 0;
    int place = 0;
    int unit = 0;
    for (int sequence = 0; sequence < count; sequence++) {
      places[sequence] = place;
      units[sequence] = unit;
      if (isFew(sequence)) {
        int here = headGroups(sequence) * blocks(sequence);
        unit += here;
        here = Math.multiplyExact(here, spans(sequence));
        chunks = Math.addExact(chunks, here);
        place = Math.addExact(place, Math.multiplyExact(here, stride(sequence)));
      } else {
        chunks = Math.addExact(chunks, PagedPrompt.chunks(layer, sequences.rows(sequence)));
      }
      chunkEnds[sequence] = chunks;
    }
    results.prepare(place, unit, PagedDecoding.padded(layer.layout().valueSize()));
    for (int sequence = 0; sequence < count; sequence++) {
      if (isFew(sequence)) {
        int here = headGroups(sequence) * blocks(sequence);
        results.expect(units[sequence], here, spans(sequence));
      }
    }
    workers.forEach(chunks, this);
  }

  /// As many heads in a chunk as leave every thread some chunks: one run of memory is longer then.
  /// The bits do not depend on it.
  private void share(int threads) {
    int spans = 0;
    for (int sequence = 0; sequence < sequences.count(); sequence++) {
      spans += isFew(sequence) ? spans(sequence) * blocks(sequence) : 0;
    }
    int wanted = threads == 1 ? 1 : Math.ceilDiv(CHUNKS_PER_THREAD * threads, Math.max(1, spans));
    mostHeads = Math.ceilDiv(layer.layout().keyValueHeads(), wanted);
  }

  /// The last chunks come first: prompts stand behind, and their last rows see most keys.
  @Override
  public void run(int chunk, int worker) {
    int count = sequences.count();
    int index = chunkEnds[count - 1] - 1 - chunk;
    int sequence = 0;
    while (chunkEnds[sequence] <= index) {
      sequence++;
    }
    int local = sequence == 0 ? index : index - chunkEnds[sequence - 1];
    if (isFew(sequence)) {
      decodings[worker].run(this, sequence, local);
    } else {
      prompts[worker].run(this, sequence, local);
    }
  }

  private boolean isFew(int sequence) {
    return sequences.rows(sequence) <= PagedAttention.FEW;
  }

  /// Queries of a sequence that share a key/value head: rows times query heads.
  int queriesPerHead(int sequence) {
    return sequences.rows(sequence) * layer.group();
  }

  /// Blocks of those queries.
  int blocks(int sequence) {
    return Math.ceilDiv(queriesPerHead(sequence), PagedDecoding.BLOCK);
  }

  /// Queries of a block.
  int blockQueries(int sequence) {
    return Math.min(queriesPerHead(sequence), PagedDecoding.BLOCK);
  }

  /// Key/value heads of a chunk.
  int headsPerChunk(int sequence) {
    return Math.clamp(PagedDecoding.BLOCK / blockQueries(sequence), 1, mostHeads);
  }

  /// Chunks that the heads are cut into.
  int headGroups(int sequence) {
    return Math.ceilDiv(layer.layout().keyValueHeads(), headsPerChunk(sequence));
  }

  /// Places that a chunk takes among the results.
  int stride(int sequence) {
    return headsPerChunk(sequence) * blockQueries(sequence);
  }

  int firstSpan(int sequence) {
    return layer.firstKey(sequences.firstPosition(sequence)) / PagedDecoding.SPAN;
  }

  int spans(int sequence) {
    return Math.ceilDiv(sequences.end(sequence), PagedDecoding.SPAN) - firstSpan(sequence);
  }

  /// The first place of a chunk of a sequence with few rows.
  int place(int sequence, int chunk) {
    return places[sequence] + chunk * stride(sequence);
  }

  /// The number of a block of the heads of a sequence with few rows among all.
  int unit(int sequence, int block) {
    return units[sequence] + block;
  }
}
