package dev.fader.data;

import java.util.Arrays;

/// Windows on one stream of tokens, treated as a ring: cuts may fall anywhere, and a window may
/// continue from the last token to the first, as from one document to the next.
///
/// With prefix tokens each window begins with them and all tokens of the stream are targets;
/// without, the first token of a window is input only.
final class PackedRows implements Rows {
  private final TokenFile file;
  private final Framing framing;
  private final int before;
  private final long targets;
  private final int time;
  private final int length; // targets of a row
  private final int[] tokens;

  PackedRows(TokenFile file, int time) {
    this.file = file;
    this.framing = file.framing();
    this.before = framing.before().length;
    if (before >= time && before > 0) {
      throw new DataException(
          "a context of %d leaves no room after the %d tokens that the tokenizer puts before a text; choose a longer one"
              .formatted(time, before));
    }
    this.targets = before > 0 ? file.tokens() : Math.max(0, file.tokens() - 1);
    this.length = (int) Math.min(before > 0 ? time - before + 1 : time, targets);
    this.time = before > 0 ? length + before - 1 : length;
    this.tokens = new int[length + 1];
  }

  @Override
  public long count() {
    return targets == 0 ? 0 : Math.ceilDiv(targets, length);
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
    return (int) Math.min(length, targets - row * length);
  }

  @Override
  public long cutSequences() {
    return 0;
  }

  @Override
  public void read(long row, long shift, Batch into, int offset) {
    int count = length(row);
    long start = (shift + row * length) % targets;
    int first = (int) Math.min(count, targets - start);
    if (before > 0) {
      file.copy(start, tokens, 0, first);
      file.copy(0, tokens, first, count - first);
      readFramed(count, into, offset);
      return;
    }
    readRun(start, first, into, offset);
    if (first < count) {
      readRun(0, count - first, into, offset + first);
    }
  }

  /// Each input is followed by its target, also where the ring wraps around.
  private void readRun(long start, int count, Batch into, int offset) {
    file.copy(start, tokens, 0, count + 1);
    System.arraycopy(tokens, 0, into.inputs(), offset, count);
    System.arraycopy(tokens, 1, into.targets(), offset, count);
  }

  private void readFramed(int count, Batch into, int offset) {
    int skipped = framing.begun(tokens, count);
    System.arraycopy(framing.before(), 0, into.inputs(), offset, before);
    System.arraycopy(
        tokens, skipped, into.inputs(), offset + before, Math.max(0, count - skipped - 1));
    int firstTarget = offset + before - 1;
    System.arraycopy(tokens, skipped, into.targets(), firstTarget, count - skipped);
    for (int at = skipped; at < count; at++) {
      int starts = framing.startsAt(tokens, at, count);
      int target = firstTarget + at - skipped;
      Arrays.fill(into.targets(), target, target + starts, Batch.IGNORED);
      at += Math.max(0, starts - 1);
    }
  }
}
