package dev.fader.bench;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.SplittableRandom;

/// Operands of kernels, normally distributed from a fixed seed.
final class Operands {
  private static final long SEED = 1;

  private Operands() {}

  /// (rows, columns) in float32.
  static Matrix random(TensorArena arena, int rows, int columns) {
    return Matrix.of(random(arena, DType.FLOAT32, rows, columns));
  }

  /// (rows, columns) in any type that can be written.
  static Tensor random(TensorArena arena, DType type, int rows, int columns) {
    var random = new SplittableRandom(SEED);
    var tensor = arena.allocate(type, Shape.of(rows, columns));
    var row = new float[columns];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        row[c] = (float) random.nextGaussian();
      }
      tensor.write((long) r * columns, row, 0, columns);
    }
    return tensor;
  }
}
