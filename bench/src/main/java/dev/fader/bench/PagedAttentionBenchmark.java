package dev.fader.bench;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.attention.Attention;
import dev.fader.kernel.attention.AttentionInputs;
import dev.fader.kernel.attention.AttentionShape;
import dev.fader.kernel.attention.CachedSequences;
import dev.fader.kernel.attention.PageLayout;
import dev.fader.kernel.attention.PageTable;
import dev.fader.kernel.attention.PagedAttention;
import dev.fader.kernel.attention.PagedLayer;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Attention over pages, in microseconds for one layer, beside that over matrices. As in
/// generation, each call takes another layer, as many as fill 200 MB: keys and values come from
/// memory and not from a cache.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class PagedAttentionBenchmark {
  private static final long WORKING_SET = 200_000_000;

  /// What is read, in bytes: divided by the time of a call it is the speed.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Read {
    /// Bytes of the keys and values of one layer.
    public long layerBytes;
  }

  /// Heads, key and value heads, queries, keys, size of a head.
  @Param({
    "32x4x1x4096x64",
    "32x8x1x1024x64",
    "32x8x1x4096x64",
    "32x8x1x16384x64",
    "32x32x1x4096x64",
    "32x4x1x4096x128",
    "32x8x1x4096x128",
    "32x32x1x4096x128",
    "32x8x5x4096x64",
    "32x8x256x256x64",
    "32x8x256x4096x64"
  })
  private String shape = "";

  @Param({"FLOAT16", "BFLOAT16", "FLOAT32", "Q8_0"})
  private DType type = DType.FLOAT16;

  @Param("1")
  private int threads;

  private final CachedSequences sequences = new CachedSequences();
  private Workers workers;
  private TensorArena arena;
  private PagedAttention paged;
  private Attention attention;
  private PagedLayer[] layers;
  private Matrix queries;
  private Matrix out;
  private AttentionShape sizes;
  private AttentionInputs[] inputs;
  private Tensor logSumExp;
  private int call;

  /// Fills the pages of all layers at random.
  @Setup
  public void prepare() {
    int[] size = Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
    int heads = size[0];
    int rows = size[2];
    int keys = size[3];
    var layout = new PageLayout(type, size[1], size[4], size[4], false);
    workers = Workers.of(threads);
    var kernels = Kernels.choose(workers);
    paged = kernels.pagedAttention();
    attention = kernels.attention();
    arena = TensorMemory.unlimited().open("benchmark");
    int pageCount = Math.ceilDiv(keys, PageLayout.TOKENS);
    layers = new PagedLayer[layers(layout.bytes() * pageCount)];
    var table = new PageTable();
    for (int page = 0; page < pageCount; page++) {
      var bytes = Shape.of(layers.length * layout.bytes());
      table.append(arena.allocate(DType.INT8, bytes).segment());
    }
    float scale = (float) (1 / Math.sqrt(size[4]));
    sequences.add(keys, 0, table);
    var key = Operands.random(arena, keys, size[1] * size[4]);
    var value = Operands.random(arena, keys, size[1] * size[4]);
    for (int layer = 0; layer < layers.length; layer++) {
      layers[layer] =
          new PagedLayer(layout, layer * layout.bytes(), heads, 0, scale, 0, Optional.empty());
      paged.store(layers[layer], sequences, key, value);
    }
    sequences.clear();
    sequences.add(rows, keys - rows, table);
    queries = Operands.random(arena, rows, heads * size[4]);
    out = Operands.random(arena, rows, heads * size[4]);
    logSumExp = arena.floats(rows, heads);
    sizes = new AttentionShape(1, rows, keys, keys - rows, heads, size[1], size[4], 0, scale, 0);
    inputs = new AttentionInputs[layers(8L * keys * size[1] * size[4])];
    for (int layer = 0; layer < inputs.length; layer++) {
      inputs[layer] =
          new AttentionInputs(
              queries,
              Operands.random(arena, keys, size[1] * size[4]),
              Operands.random(arena, keys, size[1] * size[4]));
    }
  }

  private static int layers(long bytes) {
    return Math.clamp(WORKING_SET / bytes, 1, 64);
  }

  /// Gives threads and memory back.
  @TearDown
  public void close() {
    arena.close();
    workers.close();
  }

  /// Over pages.
  @Benchmark
  public Matrix paged(Read read) {
    var layer = layers[call++ % layers.length];
    paged.forward(layer, sequences, queries, out);
    read.layerBytes = layer.layout().bytes() * Math.ceilDiv(sequences.end(0), PageLayout.TOKENS);
    return out;
  }

  /// Over float32 matrices of keys and values, whatever the type of the pages.
  @Benchmark
  public Matrix matrices(Read read) {
    attention.forward(sizes, inputs[call++ % inputs.length], out, logSumExp);
    read.layerBytes = 8L * sizes.keys() * sizes.keyValueHeads() * sizes.headSize();
    return out;
  }
}
