package dev.fader.data;

/// Windows on one stream of tokens, closed to a ring: where the cuts fall is free, and a window may
/// go on from the last token at the first, as from one document to the next.
final class PackedRows implements Rows {
  private final TokenFile file;
  private final long targets;
  private final int time;
  private final int[] tokens;

  PackedRows(TokenFile file, int time) {
    this.file = file;
    this.targets = Math.max(0, file.tokens() - 1);
    this.time = (int) Math.min(time, targets);
    this.tokens = new int[this.time + 1];
  }

  @Override
  public long count() {
    return targets == 0 ? 0 : Math.ceilDiv(targets, time);
  }

  @Override
  public long targets() {
    return targets;
  }

  @Override
  public int batchTime(int longest) {
    return time;
  }

  @Override
  public int length(long row) {
    return (int) Math.min(time, targets - row * time);
  }

  @Override
  public long cutSequences() {
    return 0;
  }

  @Override
  public void read(long row, long shift, Batch into, int offset) {
    int length = length(row);
    long start = (shift + row * time) % targets;
    int first = (int) Math.min(length, targets - start);
    readRun(start, first, into, offset);
    if (first < length) {
      readRun(0, length - first, into, offset + first);
    }
  }

  /// Each input is followed by its target, across the ring's seam, too: only the context breaks
  /// there.
  private void readRun(long start, int length, Batch into, int offset) {
    file.copy(start, tokens, 0, length + 1);
    System.arraycopy(tokens, 0, into.inputs(), offset, length);
    System.arraycopy(tokens, 1, into.targets(), offset, length);
  }
}
