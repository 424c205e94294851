package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;

/// What both directions of a normalisation share. `statistics` holds mean and 1 / deviation of each
/// group of each row.
record NormalizationPass(Normalization how, Matrix x, Tensor statistics) {
  int size() {
    return how.size();
  }

  int groups() {
    return x.columns() / how.size();
  }

  /// The byte at which the two statistics of a group begin. Groups are counted over all rows.
  static long statisticsStart(int group) {
    return (long) group << 3;
  }

  /// The byte of a matrix at which a group begins.
  long start(Matrix matrix, int group) {
    int row = group / groups();
    return Floats.start(matrix, row) + (((long) (group - row * groups()) * size()) << 2);
  }
}
