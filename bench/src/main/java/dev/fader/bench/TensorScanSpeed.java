package dev.fader.bench;

import dev.fader.inspect.tensor.ModelTensors;
import dev.fader.inspect.tensor.TensorScan;
import dev.fader.kernel.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/// How fast the statistics of all tensors of files are taken, beside how fast memory is read: two
/// halves of 512 MB are compared on the same threads. Prints a line for each file and turn; the
/// first turn is the compiler's, too. Arguments: threads, turns, files.
public final class TensorScanSpeed {
  private static final double GIGA = 1e9;
  private static final long HALF = 256 << 20;
  private static final int PARTS = 64;
  private static final int TURNS = 12;

  private TensorScanSpeed() {}

  public static void main(String[] arguments) throws IOException {
    int threads = Integer.parseInt(arguments[0]);
    int turns = Integer.parseInt(arguments[1]);
    try (var engine = new Engine(threads, 1L << 30);
        var scan = new TensorScan(engine.kernels())) {
      double memory = memory(engine);
      System.out.printf(Locale.ROOT, "memory is read at %.2f GB/s%n", memory / GIGA);
      for (int turn = 0; turn < turns; turn++) {
        for (int i = 2; i < arguments.length; i++) {
          measure(Path.of(arguments[i]), scan, memory);
        }
      }
    }
  }

  /// Bytes a second. That of `inspect.machine` is taken over 48 MB, which some processors cache.
  private static double memory(Engine engine) {
    try (var arena = engine.memory().open("memory to read")) {
      var first = arena.floats(HALF / Float.BYTES).segment().fill((byte) 1);
      var second = arena.floats(HALF / Float.BYTES).segment().fill((byte) 1);
      long part = HALF / PARTS;
      double best = Double.POSITIVE_INFINITY;
      for (int turn = 0; turn < TURNS; turn++) {
        long start = System.nanoTime();
        engine
            .kernels()
            .workers()
            .forEach(
                PARTS,
                (i, _) -> {
                  if (first.asSlice(i * part, part).mismatch(second.asSlice(i * part, part)) >= 0) {
                    throw new IllegalStateException("memory has changed");
                  }
                });
        best = Math.min(best, (System.nanoTime() - start) / GIGA);
      }
      return 2.0 * HALF / best;
    }
  }

  private static void measure(Path file, TensorScan scan, double memory) throws IOException {
    long start = System.nanoTime();
    long bytes = 0;
    double check = 0;
    try (var tensors = ModelTensors.open(file)) {
      for (var tensor : tensors.all()) {
        bytes += tensor.entry().bytes();
        check += scan.scan(tensor).norm();
      }
    }
    double seconds = (System.nanoTime() - start) / GIGA;
    System.out.printf(
        Locale.ROOT,
        "%-28s %5.2f GB in %.3f s: %5.2f GB/s, %3.0f %% of that (norms %.6g)%n",
        file.getFileName(),
        bytes / GIGA,
        seconds,
        bytes / GIGA / seconds,
        100 * bytes / seconds / memory,
        check);
  }
}
