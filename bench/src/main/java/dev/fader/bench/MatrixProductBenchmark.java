package dev.fader.bench;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/// Matrix products in GFLOP/s. Reads lines `rows inner columns form seconds`, writes the best and
/// the median rate of each. `bench/matrix-products.py` runs it in turns with libraries.
///
/// A plain program rather than JMH, so that engines can take turns on a machine whose speed
/// wanders.
public final class MatrixProductBenchmark {
  private static final int REPEATS = 1000;
  private static final int SOME = 4096;

  private record Sizes(int rows, int inner, int columns) {}

  private record Product(Matrix a, Matrix b, Matrix c) {}

  private MatrixProductBenchmark() {}

  /// Arguments: threads (default: all processors).
  public static void main(String[] args) throws IOException {
    int threads =
        args.length > 0 ? Integer.parseInt(args[0]) : Runtime.getRuntime().availableProcessors();
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    try (var workers = Workers.of(threads)) {
      var kernels = Kernels.choose(workers);
      System.err.println(kernels.choice() + ", " + threads + " threads");
      System.out.println("ready");
      for (var line = in.readLine(); line != null; line = in.readLine()) {
        var words = line.split(" ", 5);
        var sizes =
            new Sizes(
                Integer.parseInt(words[0]), Integer.parseInt(words[1]), Integer.parseInt(words[2]));
        try (var arena = TensorMemory.unlimited().open("benchmark")) {
          System.out.println(
              measure(kernels, arena, sizes, words[3], Double.parseDouble(words[4])));
        }
      }
    }
  }

  /// `T` is an operand that lies transposed: NT is the forward pass of a layer whose weights are
  /// stored (out, in), NN the gradient of its input, TN that of its weights.
  private static String measure(
      Kernels kernels, TensorArena arena, Sizes sizes, String form, double seconds) {
    var a = operand(arena, sizes.rows, sizes.inner, form.charAt(0));
    var b = operand(arena, sizes.inner, sizes.columns, form.charAt(1));
    var c = Matrix.of(arena.floats(sizes.rows, sizes.columns));
    var nanos = new long[REPEATS];
    int count = repeat(kernels, new Product(a, b, c), nanos, (long) (seconds * 1e9));
    Arrays.sort(nanos, 0, count);
    double flops = 2.0 * sizes.rows * sizes.inner * sizes.columns;
    return String.format(Locale.ROOT, "%.1f %.1f", flops / nanos[0], flops / nanos[count / 2]);
  }

  private static int repeat(Kernels kernels, Product product, long[] nanos, long budget) {
    int count = 0;
    long start = System.nanoTime();
    for (int i = 0; System.nanoTime() - start < budget || i < 3; i++) {
      long before = System.nanoTime();
      kernels.product().multiply(product.a, product.b, product.c);
      nanos[i % REPEATS] = System.nanoTime() - before;
      count = Math.min(REPEATS, i + 1);
    }
    return count;
  }

  private static Matrix operand(TensorArena arena, int rows, int columns, char form) {
    boolean transposed = form == 'T';
    var tensor = transposed ? arena.floats(columns, rows) : arena.floats(rows, columns);
    var random = new Random(1);
    float[] some = new float[SOME];
    for (int i = 0; i < SOME; i++) {
      some[i] = random.nextFloat() - 0.5f;
    }
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.set(i, some[(int) (i % SOME)]);
    }
    return transposed ? Matrix.of(tensor).transposed() : Matrix.of(tensor);
  }
}
