package dev.fader.data;

/// Token ids to predict from and the ids to predict, both (rows, time) in row-major order. A target
/// of [#IGNORED] does not count in the loss; it pads rows that are shorter than others.
///
/// @param inputs ids that the model reads
/// @param targets for each input the id that follows it
@SuppressWarnings("ArrayRecordComponent") // identity is all that a batch is compared by
public record Batch(int rows, int time, int[] inputs, int[] targets) {
  /// The target id that the loss ignores.
  public static final int IGNORED = -1;

  static Batch empty(int rows, int time) {
    int size = Math.multiplyExact(rows, time);
    return new Batch(rows, time, new int[size], new int[size]);
  }

  /// The number of targets that count.
  public int predictions() {
    int count = 0;
    for (int target : targets) {
      if (target != IGNORED) {
        count++;
      }
    }
    return count;
  }
}
