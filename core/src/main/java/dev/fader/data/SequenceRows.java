package dev.fader.data;

import java.util.Arrays;

/// One row for each sequence, or several for one that is longer than the context.
final class SequenceRows implements Rows {
  /// Number of sequences per entry of `firstRows`.
  private static final int STRIDE = 1024;

  private final TokenFile file;
  private final int time;
  private final long[] firstRows; // of sequence 0, STRIDE, 2 STRIDE, ...
  private final long count;
  private final long cutSequences;
  private final int[] tokens;

  SequenceRows(TokenFile file, int time) {
    this.file = file;
    this.time = time;
    this.firstRows = new long[Math.toIntExact(Math.ceilDiv(file.documents(), STRIDE))];
    long rows = 0;
    int longest = 0;
    long cut = 0;
    for (long i = 0; i < file.documents(); i++) {
      if (i % STRIDE == 0) {
        firstRows[(int) (i / STRIDE)] = rows;
      }
      rows += rowsOf(i);
      cut += rowsOf(i) > 1 ? 1 : 0;
      longest = (int) Math.max(longest, Math.min(time, targetsOf(i)));
    }
    this.count = rows;
    this.cutSequences = cut;
    this.tokens = new int[longest + 1];
  }

  private long targetsOf(long sequence) {
    return Math.max(0, file.documentEnd(sequence) - file.documentStart(sequence) - 1);
  }

  private long rowsOf(long sequence) {
    return Math.ceilDiv(targetsOf(sequence), time);
  }

  @Override
  public long count() {
    return count;
  }

  @Override
  public long targets() {
    return file.tokens() - file.documents();
  }

  @Override
  public int batchTime(int longest) {
    return longest;
  }

  @Override
  public int length(long row) {
    var piece = find(row);
    return (int) (piece.end - piece.start - 1);
  }

  @Override
  public long cutSequences() {
    return cutSequences;
  }

  @Override
  public void read(long row, long shift, Batch into, int offset) {
    var piece = find(row);
    int length = (int) (piece.end - piece.start - 1);
    file.copy(piece.start, tokens, 0, length + 1);
    System.arraycopy(tokens, 0, into.inputs(), offset, length);
    System.arraycopy(tokens, 1, into.targets(), offset, length);
  }

  /// Tokens of one row, from the first input to the last target.
  private record Tokens(long start, long end) {}

  private Tokens find(long row) {
    int entry = Arrays.binarySearch(firstRows, row);
    // Equal entries, of sequences without rows, are never written: each has at least one target.
    int block = entry >= 0 ? entry : -entry - 2;
    long sequence = (long) block * STRIDE;
    long first = firstRows[block];
    while (row >= first + rowsOf(sequence)) {
      first += rowsOf(sequence);
      sequence++;
    }
    long start = file.documentStart(sequence) + (row - first) * time;
    return new Tokens(start, Math.min(start + time + 1, file.documentEnd(sequence)));
  }
}
