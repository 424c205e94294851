package dev.fader.bench;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.product.MatrixProduct;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.List;
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

/// Rows of float32 times a 4096 x 4096 weight as files store it, in milliseconds: one row is a
/// token that is generated, up to sixteen are tokens of several texts, many are a prompt. `-p
/// threads=2` for two threads.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class QuantizedProductBenchmark {
  private static final int SIZE = 4096;

  @Param({
    "FLOAT32",
    "BFLOAT16",
    "FLOAT16",
    "Q8_0",
    "Q4_0",
    "Q4_K",
    "Q5_K",
    "Q6_K",
    "Q5_0",
    "IQ4_NL"
  })
  private DType type = DType.FLOAT32;

  @Param({"1", "2", "4", "8", "16", "128"})
  private int rows;

  @Param("1")
  private int threads;

  private Workers workers;
  private TensorArena arena;
  private MatrixProduct product;
  private Matrix input;
  private List<Matrix> weights;
  private Matrix output;

  /// Encodes the weight.
  @Setup
  public void prepare() {
    workers = Workers.of(threads);
    product = Kernels.choose(workers).product();
    arena = TensorMemory.unlimited().open("benchmark");
    input = Operands.random(arena, rows, SIZE);
    weights = List.of(Matrix.of(Operands.random(arena, type, SIZE, SIZE)).transposed());
    output = Operands.random(arena, rows, SIZE);
  }

  /// Gives threads and memory back.
  @TearDown
  public void close() {
    arena.close();
    workers.close();
  }

  /// The forward pass of a layer whose weights are stored (out, in).
  @Benchmark
  public Matrix multiply() {
    product.multiply(input, weights, output, rows <= MatrixProduct.FEW_ROWS ? rows : 0);
    return output;
  }
}
