package dev.fader.data;

/// Token ids to predict from and the ids to predict, both (rows, time) in row-major order. A target
/// of [#IGNORED] does not count in the loss; it pads rows that are shorter than others.
///
/// @param inputs ids that the model reads
/// @param targets for each input the id that follows it
/// @param lengths of the sequences that stand one behind the other in the rows and do not see each
///   other; empty where each row is one
@SuppressWarnings("ArrayRecordComponent") // identity is all that a batch is compared by
public record Batch(int rows, int time, int[] inputs, int[] targets, int[] lengths) {
  /// The target id that the loss ignores.
  public static final int IGNORED = -1;

  private static final int[] ROWS = {};

  /// Rows that are one sequence each.
  public Batch(int rows, int time, int[] inputs, int[] targets) {
    this(rows, time, inputs, targets, ROWS);
  }

  /// Sequences of any lengths, one behind the other.
  ///
  /// @throws IllegalArgumentException if the lengths do not add up
  public static Batch ofSequences(int[] inputs, int[] targets, int[] lengths) {
    long sum = 0;
    for (int length : lengths) {
      sum += length;
    }
    if (sum != inputs.length || targets.length != inputs.length || lengths.length == 0) {
      throw new IllegalArgumentException(
          "sequences of %d tokens in all do not make %d inputs and %d targets"
              .formatted(sum, inputs.length, targets.length));
    }
    return new Batch(1, inputs.length, inputs, targets, lengths);
  }

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
