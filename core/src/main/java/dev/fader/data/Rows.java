package dev.fader.data;

/// A token file cut into rows of at most the context, such that each token with a predecessor is a
/// target in exactly one row.
sealed interface Rows permits PackedRows, SequenceRows {
  static Rows of(TokenFile file, int time) {
    return switch (file.layout()) {
      case PACKED -> new PackedRows(file, time);
      case SEQUENCES -> new SequenceRows(file, time);
    };
  }

  /// How many rows there are.
  long count();

  /// Targets of all rows.
  long targets();

  /// The length of the time axis of a batch whose longest row has `longest` targets.
  int batchTime(int longest);

  /// Targets of row `row`.
  int length(long row);

  /// Number of sequences that are longer than a row and were cut.
  long cutSequences();

  /// Writes the inputs and targets of row `row` from `offset`. `shift` moves the cuts of packed
  /// text.
  void read(long row, long shift, Batch into, int offset);
}
