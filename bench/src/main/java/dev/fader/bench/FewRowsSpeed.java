package dev.fader.bench;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.product.MatrixProduct;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;

/// A few rows of float32 times a 4096 x 4096 weight as files store it, on one thread: the least
/// milliseconds of the thread's own time in some seconds, so that other programs disturb little.
///
/// Called as `FewRowsSpeed SECONDS ROWS TYPE...`, such as `FewRowsSpeed 5 1,2,4,8,16 Q4_0 Q4_K`.
public final class FewRowsSpeed {
  private static final int SIZE = 4096;

  private FewRowsSpeed() {}

  /// Prints a line for each type.
  public static void main(String[] args) {
    double seconds = Double.parseDouble(args[0]);
    System.out.println("rows " + args[1]);
    for (int i = 2; i < args.length; i++) {
      try (var workers = Workers.of(1);
          var arena = TensorMemory.unlimited().open("benchmark")) {
        var product = Kernels.choose(workers).product();
        var weights = List.of(Matrix.of(weight(arena, DType.valueOf(args[i]))).transposed());
        var line = new StringBuilder(args[i]);
        for (var rows : args[1].split(",", -1)) {
          line.append(
              " | %.2f".formatted(least(arena, product, weights, Integer.parseInt(rows), seconds)));
        }
        System.out.println(line);
      }
    }
  }

  private static double least(
      TensorArena arena, MatrixProduct product, List<Matrix> weights, int rows, double seconds) {
    var input = Operands.random(arena, rows, SIZE);
    var output = Matrix.of(arena.floats(rows, SIZE));
    int few = rows <= MatrixProduct.FEW_ROWS ? rows : 0;
    long end = System.nanoTime() + (long) (seconds * 1e9);
    long least = Long.MAX_VALUE;
    while (System.nanoTime() < end) {
      long start = ThreadTime.nanos();
      product.multiply(input, weights, output, few);
      least = Math.min(least, ThreadTime.nanos() - start);
    }
    return least / 1e6;
  }

  /// Blocks hold random bytes, with the upper bits left out that would make scales infinite.
  private static Tensor weight(TensorArena arena, DType type) {
    if (!type.isQuantized()) {
      return Operands.random(arena, type, SIZE, SIZE);
    }
    var tensor = arena.allocate(type, Shape.of(SIZE, SIZE));
    var random = new SplittableRandom(1);
    for (long i = 0; i < tensor.segment().byteSize(); i++) {
      tensor.segment().set(ValueLayout.JAVA_BYTE, i, (byte) (random.nextInt() & 0x3b));
    }
    return tensor;
  }
}
