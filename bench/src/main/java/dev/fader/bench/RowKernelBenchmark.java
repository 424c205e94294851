package dev.fader.bench;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.optimizer.AdamW;
import dev.fader.kernel.optimizer.Step;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Activations;
import dev.fader.kernel.row.Normalization;
import dev.fader.kernel.row.Normalizer;
import dev.fader.kernel.row.Predictions;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.Optional;
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

/// Row kernels on a (2048, 384) matrix of float32, 3 MB, in microseconds.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class RowKernelBenchmark {
  private static final int ROWS = 2048;
  private static final int COLUMNS = 384;

  @Param("1")
  private int threads;

  private Workers workers;
  private TensorArena arena;
  private Kernels kernels;
  private Matrix x;
  private Matrix wide;
  private Matrix y;
  private Matrix gradient;
  private Matrix wideGradient;
  private Tensor statistics;
  private Tensor losses;
  private Normalization rms;
  private Normalization layer;
  private Normalizer.Gradient normGradient;
  private Activations.Gradient activationGradient;
  private Activations.Gradient gateGradient;
  private Predictions.Targets targets;
  private AdamW adamw;
  private Step step;

  /// Fills the operands at random.
  @Setup
  public void prepare() {
    workers = Workers.of(threads);
    kernels = Kernels.choose(workers);
    arena = TensorMemory.unlimited().open("benchmark");
    x = Operands.random(arena, ROWS, COLUMNS);
    wide = Operands.random(arena, ROWS, 2 * COLUMNS);
    y = Operands.random(arena, ROWS, COLUMNS);
    gradient = Operands.random(arena, ROWS, COLUMNS);
    wideGradient = Operands.random(arena, ROWS, 2 * COLUMNS);
    statistics = arena.floats(ROWS, 2);
    losses = arena.floats(ROWS);
    var weight = arena.floats(COLUMNS);
    rms = new Normalization(Normalization.Kind.RMS, weight, Optional.empty(), 1e-5f, 1);
    layer =
        new Normalization(
            Normalization.Kind.LAYER, weight, Optional.of(arena.floats(COLUMNS)), 1e-5f, 1);
    normGradient =
        new Normalizer.Gradient(
            y, gradient, true, Optional.of(arena.floats(COLUMNS)), Optional.empty());
    activationGradient = new Activations.Gradient(y, gradient);
    gateGradient = new Activations.Gradient(y, wideGradient);
    targets = new Predictions.Targets(arena.allocate(DType.INT32, losses.shape()), 1e-3f);
    adamw =
        new AdamW(
            0.9f, 0.95f, 1e-8f, 0.1f, arena.floats(ROWS, COLUMNS), arena.floats(ROWS, COLUMNS));
    step = new Step(100, 1e-6f, 1, x.tensor(), gradient.tensor());
    kernels.normalizer().forward(rms, x, y, statistics);
  }

  /// Gives threads and memory back.
  @TearDown
  public void close() {
    arena.close();
    workers.close();
  }

  /// RMSNorm.
  @Benchmark
  public void rmsNorm() {
    kernels.normalizer().forward(rms, x, y, statistics);
  }

  /// LayerNorm.
  @Benchmark
  public void layerNorm() {
    kernels.normalizer().forward(layer, x, y, statistics);
  }

  /// The gradient of RMSNorm, added to that of the input.
  @Benchmark
  public void rmsNormBackward() {
    kernels.normalizer().backward(rms, x, statistics, normGradient);
  }

  /// GELU.
  @Benchmark
  public void gelu() {
    kernels.activations().forward(Activation.GELU, false, x, y);
  }

  /// Its gradient.
  @Benchmark
  public void geluBackward() {
    kernels.activations().backward(Activation.GELU, false, x, activationGradient);
  }

  /// SwiGLU, from (2048, 768) to (2048, 384).
  @Benchmark
  public void swiglu() {
    kernels.activations().forward(Activation.SILU, true, wide, y);
  }

  /// Its gradient.
  @Benchmark
  public void swigluBackward() {
    kernels.activations().backward(Activation.SILU, true, wide, gateGradient);
  }

  /// Softmax of each row, on its own result after the first.
  @Benchmark
  public void softmax() {
    kernels.predictions().softmax(gradient, 1);
  }

  /// Cross-entropy, which leaves the gradient of the logits in their place.
  @Benchmark
  public void crossEntropy() {
    kernels.predictions().crossEntropy(targets, gradient, losses);
  }

  /// The sum of two matrices.
  @Benchmark
  public void add() {
    kernels.elementwise().add(x, gradient, y);
  }

  /// One step of AdamW on 786,432 weights.
  @Benchmark
  public void adamw() {
    kernels.updates().adamw(adamw, step);
  }
}
