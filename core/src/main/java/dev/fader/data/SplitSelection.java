package dev.fader.data;

import dev.fader.data.TokenSpool.Document;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Chooses what is held out of a corpus: about a fraction of it, in whole documents if there are
/// enough, else the end of the longest. Takes two passes over the list of documents and no memory
/// in proportion to it.
final class SplitSelection {
  /// More held-out text than this measures no better, and is lost for training.
  private static final long MOST_BYTES = 16L << 20;

  /// With fewer sequences than this, each is needed for training.
  private static final long FEWEST_SEQUENCES = 20;

  private final TokenSpool spool;
  private final Split.Weight weight;
  private final double fraction;
  private long total;
  private Optional<Document> longest = Optional.empty();
  private long longestIndex;
  private Optional<Document> smallest =
      Optional.empty(); // of those that are enough to measure with
  private final long[] fitting = new long[Split.WholeDocuments.BUCKETS]; // weights by hash

  private SplitSelection(TokenSpool spool, Split.Weight weight, double fraction) {
    this.spool = spool;
    this.weight = weight;
    this.fraction = fraction;
  }

  /// The split of the tokenised corpus. A `fraction` of 0 holds nothing out.
  static Split of(Tokenization.Result tokenized, Encoder encoder, double fraction)
      throws IOException {
    var spool = tokenized.spool();
    if (fraction == 0) {
      return new Split.Nothing(SplitMethod.NOTHING);
    }
    return switch (tokenized.layout()) {
      case SEQUENCES ->
          spool.documents() < FEWEST_SEQUENCES
              ? new Split.Nothing(SplitMethod.TOO_FEW)
              : new SplitSelection(spool, Split.Weight.TOKENS, fraction)
                  .wholeDocuments()
                  .orElseGet(() -> new Split.Nothing(SplitMethod.TOO_FEW));
      case PACKED -> {
        var choice = new SplitSelection(spool, Split.Weight.BYTES, fraction);
        var whole = choice.wholeDocuments();
        yield whole.isPresent() ? whole.get() : choice.end(encoder.tokenizer().orElseThrow());
      }
    };
  }

  private long budget() {
    return Math.max(1, Math.min((long) (total * fraction), MOST_BYTES));
  }

  /// Documents that fit the budget, in the order of their hashes until it is spent, if that leaves
  /// most of them for training; or the smallest one that training can spare.
  private Optional<Split> wholeDocuments() throws IOException {
    spool.forEachDocument(this::measure);
    long budget = budget();
    spool.forEachDocument((index, document) -> consider(document, budget));
    long held = 0;
    int last = -1;
    while (held < budget && last + 1 < fitting.length) {
      last++;
      held += fitting[last];
    }
    long most = Math.min(total / 4, Arrays.stream(fitting).sum() / 2);
    if (held >= budget && held <= most) {
      return Optional.of(new Split.WholeDocuments(weight, budget, 0, last));
    }
    return smallest
        .filter(document -> weight.of(document) <= total / 4)
        .map(document -> {
          int bucket = Split.WholeDocuments.bucket(document);
          return new Split.WholeDocuments(weight, weight.of(document), bucket, bucket);
        });
  }

  private void measure(long index, Document document) {
    total += weight.of(document);
    if (longest.isEmpty() || document.bytes() > longest.get().bytes()) {
      longest = Optional.of(document);
      longestIndex = index;
    }
  }

  private void consider(Document document, long budget) {
    long size = weight.of(document);
    if (size <= budget) {
      fitting[Split.WholeDocuments.bucket(document)] += size;
    }
    boolean isEnough = size >= budget / 2;
    if (isEnough && (smallest.isEmpty() || size < weight.of(smallest.get()))) {
      smallest = Optional.of(document);
    }
  }

  /// Cuts the longest document where the budget begins, or at the end of a line close after that.
  private Split end(Tokenizer tokenizer) throws IOException {
    var document = longest.orElseThrow();
    var lengths = new ByteLengths(tokenizer);
    var whole = new Cursor(document, lengths);
    whole.advanceTo(Long.MAX_VALUE);
    double share = Math.min(0.5, (double) budget() / document.bytes());
    var cursor = new Cursor(document, lengths);
    cursor.advanceTo(whole.bytes - (long) (whole.bytes * share));
    long token = cursor.token;
    long before = cursor.bytes;
    if (cursor.advanceToLineEnd(before + Math.min(1000, whole.bytes / 100))) {
      token = cursor.token;
      before = cursor.bytes;
    }
    if (token == document.end()) {
      return new Split.Nothing(SplitMethod.NOTHING);
    }
    // In proportion, because what an unknown character decodes to may be longer than the character.
    long bytes = Math.round((double) document.bytes() * (whole.bytes - before) / whole.bytes);
    return new Split.End(longestIndex, token, bytes);
  }

  /// A position in a document: the number of tokens before it and of the bytes they decode to.
  private final class Cursor {
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteLengths lengths;
    private final long end;
    private long token;
    private long bytes;
    private boolean lineEnded;

    Cursor(Document document, ByteLengths lengths) {
      this.lengths = lengths;
      this.token = document.start();
      this.end = document.end();
      buffer.limit(0);
    }

    void advanceTo(long wanted) throws IOException {
      while (bytes < wanted && token < end) {
        advance();
      }
    }

    /// Whether there is an end of a line before `farthest`, and then this is after it.
    boolean advanceToLineEnd(long farthest) throws IOException {
      while (!lineEnded && bytes < farthest && token < end) {
        advance();
      }
      return lineEnded;
    }

    private void advance() throws IOException {
      int width = spool.bytesPerToken();
      if (!buffer.hasRemaining()) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), (end - token) * width));
        spool.read(token * width, buffer);
        buffer.flip();
      }
      int id = width == Short.BYTES ? Short.toUnsignedInt(buffer.getShort()) : buffer.getInt();
      token++;
      bytes += lengths.of(id);
      lineEnded = lengths.endsLine(id);
    }
  }

  /// The bytes that each token decodes to, looked up once. Special tokens around a document decode
  /// to none.
  private static final class ByteLengths {
    private final int[] lengths;
    private final boolean[] endsLine;

    ByteLengths(Tokenizer tokenizer) {
      lengths = new int[tokenizer.vocabularySize()];
      endsLine = new boolean[lengths.length];
      for (int id = 0; id < lengths.length; id++) {
        var bytes = tokenizer.bytes(id);
        lengths[id] = bytes.length;
        endsLine[id] = bytes.length > 0 && bytes[bytes.length - 1] == '\n';
      }
      var framing = Framing.of(tokenizer);
      for (int[] special : List.of(framing.start(), framing.end())) {
        for (int id : special) {
          lengths[id] = 0;
        }
      }
    }

    int of(int id) {
      return lengths[id];
    }

    boolean endsLine(int id) {
      return endsLine[id];
    }
  }
}
