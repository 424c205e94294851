package dev.fader.bench;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.interleaved.Interleaving;
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
import java.util.regex.Pattern;

/// A few rows of float32 times a weight as files store it, 4096 x 4096 unless a size is given, on
/// one thread: the least milliseconds of the thread's own time in some seconds, so that other
/// programs disturb little. A size beyond the caches shows what memory allows. The weight is kept
/// interleaved, as sessions keep it, if `:interleaved` follows its type, and multiplied with rows
/// of eight bits if `:interleaved-q8` does.
///
/// Called as `FewRowsSpeed SECONDS ROWS [DEPTHxCOLUMNS] TYPE...`, such as `FewRowsSpeed 5
/// 1,2,4,8,16 Q4_0 Q4_K` or `FewRowsSpeed 5 1,2 2048x65536 BFLOAT16 Q4_0:interleaved`.
public final class FewRowsSpeed {
  private static final Pattern SIZE = Pattern.compile("(\\d+)x(\\d+)");
  private static final String INTERLEAVED = ":interleaved";
  private static final String EIGHT_BITS = ":interleaved-q8";

  private FewRowsSpeed() {}

  /// Prints a line for each type.
  public static void main(String[] args) {
    double seconds = Double.parseDouble(args[0]);
    var size = SIZE.matcher(args[2]);
    boolean sized = size.matches();
    int depth = sized ? Integer.parseInt(size.group(1)) : 4096;
    int columns = sized ? Integer.parseInt(size.group(2)) : 4096;
    System.out.println("rows " + args[1]);
    for (int i = sized ? 3 : 2; i < args.length; i++) {
      try (var workers = Workers.of(1);
          var arena = TensorMemory.unlimited().open("benchmark")) {
        var product = Kernels.choose(workers).product();
        var type = DType.valueOf(args[i].replaceFirst(":.*", ""));
        var weight = weight(arena, type, columns, depth);
        if (args[i].endsWith(EIGHT_BITS)) {
          Interleaving.interleave(weight, arena, workers, DType.Q8_0);
        } else if (args[i].endsWith(INTERLEAVED)) {
          Interleaving.interleave(weight, arena, workers, DType.FLOAT32);
        }
        var weights = List.of(Matrix.of(weight).transposed());
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
    var input = Operands.random(arena, rows, weights.getFirst().rows());
    var output = Matrix.of(arena.floats(rows, weights.getFirst().columns()));
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
  private static Tensor weight(TensorArena arena, DType type, int columns, int depth) {
    if (!type.isQuantized()) {
      return Operands.random(arena, type, columns, depth);
    }
    var tensor = arena.allocate(type, Shape.of(columns, depth));
    var random = new SplittableRandom(1);
    for (long i = 0; i < tensor.segment().byteSize(); i++) {
      tensor.segment().set(ValueLayout.JAVA_BYTE, i, (byte) (random.nextInt() & 0x3b));
    }
    return tensor;
  }
}
