package dev.fader.bench;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// Matrix products in the shapes of training, in GFLOP/s, one line per shape and form as `rows
/// inner columns form best median`. `bench/matrix-products.py` runs it in turns with PyTorch's MKL.
///
/// A plain program rather than JMH, so that the two engines can take turns second by second on a
/// machine whose speed wanders.
public final class MatrixProductBenchmark {
  private static final List<Sizes> SIZES =
      List.of(
          new Sizes(1024, 1024, 1024),
          new Sizes(768, 128, 128),
          new Sizes(768, 128, 512),
          new Sizes(768, 512, 128),
          new Sizes(512, 768, 128),
          new Sizes(2048, 384, 1536),
          new Sizes(2048, 1536, 384),
          new Sizes(256, 768, 3072),
          new Sizes(256, 768, 50257),
          new Sizes(1, 768, 3072));
  private static final int REPEATS = 200;
  private static final long NANOS = 300_000_000;

  private static final long WARM_UP_NANOS = 500_000_000;

  private record Sizes(int rows, int inner, int columns) {}

  private record Product(Matrix a, Matrix b, Matrix c) {}

  private MatrixProductBenchmark() {}

  /// Arguments: threads (default: all processors).
  public static void main(String[] args) {
    int threads =
        args.length > 0 ? Integer.parseInt(args[0]) : Runtime.getRuntime().availableProcessors();
    try (var workers = Workers.of(threads);
        var arena = TensorMemory.unlimited().open("benchmark")) {
      var kernels = Kernels.choose(workers);
      System.err.println(kernels.choice() + ", " + threads + " threads");
      for (var sizes : SIZES) {
        for (var form : List.of("NN", "NT", "TN")) {
          System.out.println(measure(kernels, arena, sizes, form));
        }
      }
    }
  }

  /// `T` is an operand that lies transposed: NT is the forward pass of a layer whose weights are
  /// stored (out, in), NN the gradient of its input, TN that of its weights.
  private static String measure(Kernels kernels, TensorArena arena, Sizes sizes, String form) {
    var a = operand(arena, sizes.rows, sizes.inner, form.charAt(0));
    var b = operand(arena, sizes.inner, sizes.columns, form.charAt(1));
    var c = Matrix.of(arena.floats(sizes.rows, sizes.columns));
    var nanos = new long[REPEATS];
    // The first second is the compiler's: until it is done every vector is an object.
    repeat(kernels, new Product(a, b, c), nanos, WARM_UP_NANOS);
    int count = repeat(kernels, new Product(a, b, c), nanos, NANOS);
    Arrays.sort(nanos, 0, count);
    double flops = 2.0 * sizes.rows * sizes.inner * sizes.columns;
    return String.format(
        Locale.ROOT,
        "%d %d %d %s %.1f %.1f",
        sizes.rows,
        sizes.inner,
        sizes.columns,
        form,
        flops / nanos[0],
        flops / nanos[count / 2]);
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
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.set(i, random.nextFloat() - 0.5f);
    }
    return transposed ? Matrix.of(tensor).transposed() : Matrix.of(tensor);
  }
}
