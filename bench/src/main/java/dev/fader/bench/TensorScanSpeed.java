package dev.fader.bench;

import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.inspect.tensor.ModelTensors;
import dev.fader.inspect.tensor.TensorScan;
import dev.fader.kernel.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/// How fast the statistics of all tensors of files are taken, beside the speed of the memory.
/// Prints a line for each file and turn. Arguments: threads, turns, files.
public final class TensorScanSpeed {
  private static final double GIGA = 1e9;

  private TensorScanSpeed() {}

  public static void main(String[] arguments) throws IOException {
    int threads = Integer.parseInt(arguments[0]);
    int turns = Integer.parseInt(arguments[1]);
    try (var engine = new Engine(threads, 1L << 30);
        var scan = new TensorScan(engine.kernels())) {
      var speed = MachineSpeed.measure(engine.kernels(), engine.memory());
      System.out.printf(Locale.ROOT, "memory %.2f GB/s%n", speed.bytesPerSecond() / GIGA);
      for (int turn = 0; turn < turns; turn++) {
        for (int i = 2; i < arguments.length; i++) {
          measure(Path.of(arguments[i]), scan, speed.bytesPerSecond());
        }
      }
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
        "%-28s %5.2f GB in %.3f s: %5.2f GB/s, %3.0f %% of the memory's speed (norms %.6g)%n",
        file.getFileName(),
        bytes / GIGA,
        seconds,
        bytes / GIGA / seconds,
        100 * bytes / seconds / memory,
        check);
  }
}
