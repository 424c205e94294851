package dev.fader.kernel.onednn;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/// A process with oneDNN in it, and what is printed of what happens to it there.
public final class OneDnnProcess {
  private static final PanelShape SHAPE = new PanelShape(PanelType.FLOAT32, 8, 64);
  private static final int ROUNDS = 3;
  private static final int CALLS = 10_000;
  private static final int KERNELS = 50;

  private final OneDnn library = OneDnn.found();
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment a = random(SHAPE.rows() * SHAPE.depth());
  private final MemorySegment b = random(SHAPE.depth() * PanelKernel.WIDTH);
  private final MemorySegment c = arena.allocate(SHAPE.rows() * PanelKernel.WIDTH * 4L, 64);
  private final PanelKernel kernel = compiled();
  private int depth;
  private int characters;

  private OneDnnProcess() {}

  private MemorySegment random(int count) {
    var numbers = arena.allocate(count * 4L, 64);
    var random = new Random(7);
    for (int i = 0; i < count; i++) {
      numbers.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return numbers;
  }

  private PanelKernel compiled() {
    var made = new PanelKernel[1];
    library.onOneThread(() -> made[0] = library.compile(SHAPE));
    return made[0];
  }

  private float[] product() {
    c.fill((byte) 0);
    kernel.run(a, b, c);
    return c.toArray(ValueLayout.JAVA_FLOAT);
  }

  /// Compiled code does not look whether `text` is null: the processor does, and a signal arrives.
  private int nullPointers(String[] texts) {
    int nulls = 0;
    for (String text : texts) {
      try {
        characters += text.length();
      } catch (NullPointerException expected) {
        nulls++;
      }
    }
    return nulls;
  }

  private int nullPointers() {
    int caught = 0;
    var texts = new String[1000];
    Arrays.fill(texts, "text");
    for (int i = 0; i < 1000; i++) {
      texts[i] = null;
      if (i % 100 == 0) {
        product();
      }
      caught += nullPointers(texts);
      texts[i] = "text";
    }
    return caught;
  }

  /// Calls the library at every depth of the stack, to its end.
  private void deeper() {
    depth++;
    kernel.run(a, b, c);
    if (depth < Integer.MAX_VALUE) {
      deeper();
    }
  }

  private boolean overflows() {
    try {
      deeper();
      return false;
    } catch (StackOverflowError expected) {
      return depth > 100;
    }
  }

  private static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IllegalStateException("/proc/self/status has no VmRSS");
  }

  private void work() {
    library.onOneThread(() -> {
      for (int i = 0; i < CALLS; i++) {
        kernel.run(a, b, c);
      }
      for (int i = 0; i < KERNELS; i++) {
        var shape = new PanelShape(PanelType.BFLOAT16, PanelKernel.ROWS, 32 * (1 + i % 16));
        library.compile(shape);
      }
    });
    System.gc(); // frees the kernels
  }

  /// By how much a round of calls makes the process grow, in the end.
  private long growth() throws IOException, InterruptedException {
    long before = 0;
    for (int round = 0; round < 2 * ROUNDS; round++) {
      if (round == ROUNDS) {
        before = residentBytes();
      }
      work();
      Thread.sleep(20);
    }
    return (residentBytes() - before) / ROUNDS;
  }

  public static void main(String[] arguments) throws Exception {
    var process = new OneDnnProcess();
    var before = process.product();
    System.out.println("null pointers: " + process.nullPointers());
    System.out.println("overflows: " + process.overflows());
    System.out.println("same product: " + Arrays.equals(before, process.product()));
    System.out.println("growth: " + process.growth());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hooks run")));
    System.out.println("waits");
    Thread.sleep(60_000);
  }
}
