package dev.fader.tokenizer.model;

import java.util.Arrays;

/// A text and the words it has been split into, in order.
public final class Words {
  public byte[] text = {};
  public int[] starts = new int[16];
  public int[] ends = new int[16];
  public int count;

  /// Removes all words.
  public void start(byte[] newText) {
    text = newText;
    count = 0;
  }

  public void add(int start, int end) {
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, Math.addExact(count, count));
      ends = Arrays.copyOf(ends, 2 * count);
    }
    starts[count] = start;
    ends[count] = end;
    count++;
  }

  /// Removes empty words from number `first` on.
  public void dropEmpty(int first) {
    int kept = first;
    for (int i = first; i < count; i++) {
      if (ends[i] > starts[i]) {
        starts[kept] = starts[i];
        ends[kept] = ends[i];
        kept++;
      }
    }
    count = kept;
  }
}
