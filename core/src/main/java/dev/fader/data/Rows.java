package dev.fader.data;

/// A token file cut into rows of at most a context's length, such that each token that has one
/// before it is the target of exactly one row.
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

  /// The time of a batch, given that its longest row has `longest` targets.
  int batchTime(int longest);

  /// Targets of row `row`.
  int length(long row);

  /// Documents that are in several rows although each is a sequence of its own.
  long cutSequences();

  /// Writes the inputs and targets of row `row` from `offset`. `shift` moves where the cuts are, if
  /// that is free.
  void read(long row, long shift, Batch into, int offset);
}
