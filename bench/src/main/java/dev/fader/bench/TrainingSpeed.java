package dev.fader.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.fader.data.Batch;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.option.Precision;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.family.Families;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.Balancing;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.StepPlan;
import dev.fader.train.TrainableModel;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.recipe.Architecture;
import dev.fader.train.recipe.ExpertSize;
import dev.fader.train.recipe.ModelSize;
import dev.fader.train.recipe.RouterKind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/// Whole training steps on random tokens: forward, backward, clipping, AdamW.
///
/// Takes turns with `side_by_side.py`: for each line `N` on standard input it runs N steps and
/// answers with one line `tokens-per-second cpu-seconds loss milliseconds-of-the-median-step`.
/// Arguments: the case `a`, `b` or `c`, or with experts, balanced by loss, `m` (Mixtral) or `q`
/// (Qwen3-MoE), the number of threads, and `float32` or `bfloat16`.
public final class TrainingSpeed {
  private static final long SEED = 1;
  private static final double LEARNING_RATE = 3e-4;

  /// What is trained on how much at a time.
  private record Case(int layers, int heads, int width, int context, int batch, int vocabulary) {
    static Case named(String name) {
      return switch (name) {
        case "a" -> new Case(4, 4, 128, 64, 12, 65);
        case "b" -> new Case(6, 6, 384, 256, 8, 65);
        case "c" -> new Case(12, 12, 768, 64, 4, 50257);
        case "m", "q" -> new Case(4, 8, 256, 128, 8, 2048);
        default ->
            throw new IllegalArgumentException("the cases are a, b, c, m and q, not " + name);
      };
    }

    int tokens() {
      return batch * context;
    }

    /// GPT-2 of these sizes, or eight experts of which a token goes to two.
    ModelConfig model(String name) {
      if (name.equals("m") || name.equals("q")) {
        var experts = new ExpertSize(8, 2, 0, 352, 0, RouterKind.SOFTMAX);
        var size =
            new ModelSize(
                vocabulary,
                context,
                width,
                layers,
                1,
                heads,
                heads,
                704,
                0,
                true,
                0,
                Optional.of(experts));
        return (name.equals("m") ? Architecture.LLAMA : Architecture.QWEN3).config(size);
      }
      return gpt2();
    }

    private ModelConfig gpt2() {
      return new ModelConfig(
          Families.names("gpt2"),
          vocabulary,
          context,
          width,
          layers,
          1,
          new ModelConfig.Attention(
              heads,
              heads,
              width / heads,
              true,
              true,
              false,
              (float) (1 / Math.sqrt((double) width / heads)),
              0,
              Collections.nCopies(layers, 0)),
          new ModelConfig.FeedForward(4 * width, Activation.GELU_TANH, false, true),
          new ModelConfig.Norm(Normalization.Kind.LAYER, 1e-5f, 0, false),
          new Positions.Learned(),
          new ModelConfig.Embedding(true, 1, 0),
          ModelConfig.SpecialTokens.NONE,
          0.02);
    }

    /// AdamW and clipping as usual.
    TrainingConfig training() {
      return new TrainingConfig(
              new TrainingConfig.Batching(batch, 1, context),
              new TrainingBudget.Steps(1),
              new Schedule(Schedule.Shape.CONSTANT, LEARNING_RATE, 0, 0),
              OptimizerConfig.adamw(),
              TrainingConfig.Cadence.standard(),
              0,
              SEED,
              false,
              false)
          .with(new Balancing(Balancing.Method.LOSS, 0, 0.01, 0));
    }
  }

  private final Case sizes;
  private final TrainableModel trainer;
  private final SplittableRandom random = new SplittableRandom(SEED);
  private long steps;

  private TrainingSpeed(Case sizes, TrainableModel trainer) {
    this.sizes = sizes;
    this.trainer = trainer;
    trainer.initialize();
  }

  /// Answers lines of standard input until it ends.
  public static void main(String[] arguments) throws IOException {
    var sizes = Case.named(arguments[0]);
    try (var workers = Workers.of(Integer.parseInt(arguments[1]));
        var trainer =
            new TrainableModel(
                Kernels.choose(workers)
                    .in(Precision.valueOf(arguments[2].toUpperCase(Locale.ROOT))),
                TensorMemory.unlimited(),
                sizes.model(arguments[0]),
                sizes.training())) {
      var training = new TrainingSpeed(sizes, trainer);
      var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        System.out.println(training.run(Integer.parseInt(line.strip())));
      }
    }
  }

  private String run(int count) {
    var stepSeconds = new double[count];
    double loss = 0;
    double processorStart = processorSeconds();
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long stepStart = System.nanoTime();
      loss = step();
      stepSeconds[i] = (System.nanoTime() - stepStart) / 1e9;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    Arrays.sort(stepSeconds);
    return String.format(
        Locale.ROOT,
        "%.1f %.3f %.4f %.3f",
        count * sizes.tokens() / seconds,
        processorSeconds() - processorStart,
        loss,
        1000 * stepSeconds[count / 2]);
  }

  private double step() {
    var batch = new Batch(sizes.batch, sizes.context, randomIds(), randomIds());
    return trainer.step(List.of(batch), new StepPlan(steps++, LEARNING_RATE, false)).loss();
  }

  private int[] randomIds() {
    return random.ints(sizes.tokens(), 0, sizes.vocabulary).toArray();
  }

  /// User and system seconds of all threads so far.
  private static double processorSeconds() {
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return system.getProcessCpuTime() / 1e9;
  }
}
