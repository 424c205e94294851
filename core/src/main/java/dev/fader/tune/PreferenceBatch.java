package dev.fader.tune;

import dev.fader.data.Batch;

/// Pairs of answers: the sequences of the batch are the better and the worse one of each pair in
/// turn.
///
/// @param pairs sequences of any lengths, with targets in the answers alone
/// @param reference the log-probability of each answer by the reference model, in nats
@SuppressWarnings("ArrayRecordComponent") // identity is all that a batch is compared by
record PreferenceBatch(Batch pairs, double[] reference) {
  PreferenceBatch {
    if (pairs.lengths().length == 0 || pairs.lengths().length % 2 != 0) {
      throw new IllegalArgumentException(
          "%d sequences are no pairs".formatted(pairs.lengths().length));
    }
  }

  int count() {
    return pairs.lengths().length / 2;
  }

  /// The targets of each sequence.
  int[] targetCounts() {
    var counts = new int[pairs.lengths().length];
    int at = 0;
    for (int i = 0; i < counts.length; i++) {
      for (int end = at + pairs.lengths()[i]; at < end; at++) {
        counts[i] += pairs.targets()[at] == Batch.IGNORED ? 0 : 1;
      }
    }
    return counts;
  }
}
