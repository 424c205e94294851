package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import java.util.Arrays;

/// One call of [PagedAttention#forward], cut into chunks: of a sequence with few rows, a key/value
/// head and a span of its keys for [PagedDecoding]; of another, a key/value head and a block of its
/// rows for [PagedPrompt]. To be used again: nothing is allocated once it has grown.
final class PagedPass implements Workers.Task {
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

  PagedPass(int threads, PagedLayer layer, CachedSequences sequences, Matrix queries, Matrix out) {
    decodings = new PagedDecoding[threads];
    prompts = new PagedPrompt[threads];
    Arrays.setAll(decodings, worker -> new PagedDecoding());
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
    int chunks = 0;
    int place = 0;
    int unit = 0;
    for (int sequence = 0; sequence < count; sequence++) {
      places[sequence] = place;
      units[sequence] = unit;
      if (isFew(sequence)) {
        int here = layer.layout().keyValueHeads() * blocks(sequence);
        unit += here;
        here = Math.multiplyExact(here, spans(sequence));
        chunks = Math.addExact(chunks, here);
        place = Math.addExact(place, Math.multiplyExact(here, blockQueries(sequence)));
      } else {
        chunks = Math.addExact(chunks, PagedPrompt.chunks(layer, sequences.rows(sequence)));
      }
      chunkEnds[sequence] = chunks;
    }
    results.prepare(place, unit, PagedDecoding.padded(layer.layout().valueSize()));
    for (int sequence = 0; sequence < count; sequence++) {
      if (isFew(sequence)) {
        int here = layer.layout().keyValueHeads() * blocks(sequence);
        results.expect(units[sequence], here, spans(sequence));
      }
    }
    workers.forEach(chunks, this);
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

  /// Places that a block takes among the results.
  int blockQueries(int sequence) {
    return Math.min(queriesPerHead(sequence), PagedDecoding.BLOCK);
  }

  int firstSpan(int sequence) {
    return layer.firstKey(sequences.firstPosition(sequence)) / PagedDecoding.SPAN;
  }

  int spans(int sequence) {
    return Math.ceilDiv(sequences.end(sequence), PagedDecoding.SPAN) - firstSpan(sequence);
  }

  /// The first place of a chunk of a sequence with few rows.
  int place(int sequence, int chunk) {
    return places[sequence] + chunk * blockQueries(sequence);
  }

  /// The number of a block of a head of a sequence with few rows among all.
  int unit(int sequence, int block) {
    return units[sequence] + block;
  }
}
