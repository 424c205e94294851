package dev.fader.inspect.tensor;

import dev.fader.format.DurableFile;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.SafetensorsContent;
import dev.fader.format.TensorContent;
import dev.fader.kernel.KernelsUnderTest;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// Files of a few tensors, and scans of them.
abstract class TensorFixture {
  static final long SEED = 20261130;

  @TempDir Path folder;
  final Random random = new Random(SEED);
  private TensorArena arena;

  @BeforeEach
  void openMemory() {
    arena = TensorMemory.unlimited().open("test");
  }

  @AfterEach
  void closeMemory() {
    arena.close();
  }

  Tensor tensor(DType type, float[] numbers, long... shape) {
    return arena.allocate(type, Shape.of(shape)).copyFrom(numbers);
  }

  Tensor empty(DType type, long... shape) {
    return arena.allocate(type, Shape.of(shape));
  }

  float[] normal(int count, double mean, double deviation) {
    var numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) (mean + deviation * random.nextGaussian());
    }
    return numbers;
  }

  Path gguf(Map<String, Tensor> tensors) throws IOException {
    var contents = new ArrayList<TensorContent>();
    tensors.forEach((name, tensor) -> contents.add(TensorContent.of(name, tensor)));
    Path path = folder.resolve("tensors.gguf");
    var metadata = new GgufMetadataBuilder().text("general.architecture", "none");
    DurableFile.write(path, new GgufContent(metadata, contents));
    return path;
  }

  Path safetensors(Map<String, Tensor> tensors) throws IOException {
    Path path = folder.resolve("model.safetensors");
    DurableFile.write(path, new SafetensorsContent(tensors));
    return path;
  }

  /// By all kernels, with one thread and several, which must agree.
  static List<TensorStatistics> scans(ModelTensor tensor) {
    var scans = new ArrayList<TensorStatistics>();
    for (var under : KernelsUnderTest.ofThisRun()) {
      TensorStatistics first = null;
      for (int threads : new int[] {1, 3}) {
        try (var workers = Workers.of(threads);
            var scanning = new TensorScan(under.kernels(workers))) {
          var scan = scanning.scan(tensor);
          if (first != null && !first.equals(scan)) {
            throw new AssertionError(
                "%s, %d threads: %s is not %s".formatted(under, threads, scan, first));
          }
          first = scan;
        }
      }
      scans.add(first);
    }
    return scans;
  }
}
