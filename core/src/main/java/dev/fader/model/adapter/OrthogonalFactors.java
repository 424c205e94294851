package dev.fader.model.adapter;

import dev.fader.kernel.factor.ColumnMatrix;
import dev.fader.kernel.factor.ThinQr;
import dev.fader.model.RandomNumbers;
import dev.fader.tensor.Tensor;

/// Factors of LoRA that begin random and orthogonal to each other, so that their product is zero.
final class OrthogonalFactors {
  private static final double SIZE = 0.1;

  private OrthogonalFactors() {}

  /// Fills A (rank, in) or B (out, rank) with a tenth of normal numbers times every second column
  /// of a random rotation: A with the even ones, B with the odd ones.
  ///
  /// @param up whether it is B
  /// @param rotation random numbers that both factors share
  /// @param numbers random numbers of this factor
  static void fill(Tensor tensor, boolean up, RandomNumbers rotation, RandomNumbers numbers) {
    int rank = tensor.shape().size(up ? 1 : 0);
    long lines = tensor.shape().dimension(up ? 0 : 1);
    var columns = rotation(rank, rotation);
    int half = rank / 2;
    for (long line = 0; line < lines; line++) {
      for (int k = 0; k < rank; k++) {
        double sum = 0;
        for (int j = 0; j < half; j++) {
          sum += numbers.normal(line * half + j) * columns.get(k, 2 * j + (up ? 1 : 0));
        }
        tensor.set(up ? line * rank + k : k * lines + line, (float) (SIZE * sum));
      }
    }
  }

  /// Random orthonormal columns.
  private static ColumnMatrix rotation(int size, RandomNumbers numbers) {
    var random = ColumnMatrix.zeros(size, size);
    for (int i = 0; i < size; i++) {
      for (int k = 0; k < size; k++) {
        random.set(i, k, numbers.normal((long) i * size + k));
      }
    }
    return ThinQr.of(random).q();
  }
}
