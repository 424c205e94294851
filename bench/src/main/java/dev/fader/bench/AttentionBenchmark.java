package dev.fader.bench;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.attention.Attention;
import dev.fader.kernel.attention.AttentionInputs;
import dev.fader.kernel.attention.AttentionShape;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
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

/// Causal attention in the shapes of training and of generation, in microseconds.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class AttentionBenchmark {
  /// Sequences, heads, key and value heads, queries, keys, size of a head.
  @Param({
    "12x4x4x64x64x32",
    "8x6x6x256x256x64",
    "4x12x12x64x64x64",
    "1x8x2x2048x2048x64",
    "1x12x12x1x1024x64"
  })
  private String shape = "";

  @Param("1")
  private int threads;

  private Workers workers;
  private TensorArena arena;
  private Attention attention;
  private AttentionShape sizes;
  private AttentionInputs inputs;
  private AttentionInputs gradients;
  private Attention.Result result;

  /// Fills the operands at random.
  @Setup
  public void prepare() {
    int[] size = Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
    int keys = size[4];
    int headSize = size[5];
    sizes =
        new AttentionShape(
            size[0],
            size[3],
            keys,
            keys - size[3],
            size[1],
            size[2],
            headSize,
            0,
            (float) (1 / Math.sqrt(headSize)),
            0);
    workers = Workers.of(threads);
    attention = Kernels.choose(workers).attention();
    arena = TensorMemory.unlimited().open("benchmark");
    inputs = operands();
    gradients = operands();
    result =
        new Attention.Result(queries(), arena.floats((long) size[0] * size[3], size[1]), queries());
    forward();
  }

  private AttentionInputs operands() {
    int rows = sizes.batch() * sizes.keys();
    int columns = sizes.keyValueHeads() * sizes.headSize();
    return new AttentionInputs(
        queries(), Operands.random(arena, rows, columns), Operands.random(arena, rows, columns));
  }

  private Matrix queries() {
    return Operands.random(
        arena, sizes.batch() * sizes.queries(), sizes.heads() * sizes.headSize());
  }

  /// Gives threads and memory back.
  @TearDown
  public void close() {
    arena.close();
    workers.close();
  }

  /// The output and what the backward pass needs of it.
  @Benchmark
  public Tensor forward() {
    attention.forward(sizes, inputs, result.out(), result.logSumExp());
    return result.logSumExp();
  }

  /// The gradients of queries, keys and values.
  @Benchmark
  public AttentionInputs backward() {
    attention.backward(sizes, inputs, result, gradients);
    return gradients;
  }
}
