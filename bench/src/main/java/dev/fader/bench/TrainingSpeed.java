package dev.fader.bench;

import dev.fader.grad.HeadLoss;
import dev.fader.grad.Tape;
import dev.fader.grad.TokenBlock;
import dev.fader.kernel.Activation;
import dev.fader.kernel.AdamW;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.Moments;
import dev.fader.kernel.Normalization;
import dev.fader.kernel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.Initialization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Parameters;
import dev.fader.model.Positions;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// Whole training steps on random tokens: forward, backward, clipping, AdamW.
///
/// Takes turns with `side_by_side.py`: for each line `N` on standard input it runs N steps and
/// answers with one line `tokens-per-second cpu-seconds loss milliseconds-of-the-median-step`.
/// Arguments: the case `a`, `b` or `c`, and the number of threads.
public final class TrainingSpeed {
  private static final long SEED = 1;
  private static final float LEARNING_RATE = 3e-4f;
  private static final float WEIGHT_DECAY = 0.1f;

  /// What is trained on how much at a time.
  private record Case(int layers, int heads, int width, int context, int batch, int vocabulary) {
    static Case named(String name) {
      return switch (name) {
        case "a" -> new Case(4, 4, 128, 64, 12, 65);
        case "b" -> new Case(6, 6, 384, 256, 8, 65);
        case "c" -> new Case(12, 12, 768, 64, 4, 50257);
        default -> throw new IllegalArgumentException("the cases are a, b and c, not " + name);
      };
    }

    int tokens() {
      return batch * context;
    }

    /// GPT-2 of these sizes.
    ModelConfig model() {
      return new ModelConfig(
          "gpt2",
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
  }

  private final Case sizes;
  private final Kernels kernels;
  private final Parameters parameters;
  private final Decoder decoder;
  private final Tape tape;
  private final List<Moments> moments = new ArrayList<>();
  private final Tensor ids;
  private final Tensor targets;
  private final Tensor losses;
  private final SplittableRandom random = new SplittableRandom(SEED);
  private long steps;

  private TrainingSpeed(Case sizes, Kernels kernels, TensorArena arena) {
    this.sizes = sizes;
    this.kernels = kernels;
    parameters = Parameters.learned(sizes.model(), arena, arena);
    Initialization.fill(parameters, kernels.workers(), SEED);
    decoder = new Decoder(parameters, arena);
    tape = new Tape(kernels, arena, Tape.Mode.TRAIN);
    for (var spec : parameters.specs()) {
      moments.add(new Moments(zeros(arena, spec.shape()), zeros(arena, spec.shape())));
    }
    ids = arena.allocate(DType.INT32, Shape.of(sizes.tokens()));
    targets = arena.allocate(DType.INT32, Shape.of(sizes.tokens()));
    losses = arena.floats(sizes.tokens());
  }

  private static Tensor zeros(TensorArena arena, Shape shape) {
    return arena.allocate(DType.FLOAT32, shape);
  }

  /// Answers lines of standard input until it ends.
  public static void main(String[] arguments) throws IOException {
    var sizes = Case.named(arguments[0]);
    try (var workers = Workers.of(Integer.parseInt(arguments[1]));
        var arena = TensorMemory.unlimited().open("benchmark")) {
      var training = new TrainingSpeed(sizes, Kernels.choose(workers), arena);
      var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        System.out.println(training.run(Integer.parseInt(line.strip())));
      }
    }
  }

  private String run(int count) {
    var stepSeconds = new double[count];
    double loss = 0;
    long start = System.nanoTime();
    double processStart = Processor.seconds();
    for (int i = 0; i < count; i++) {
      long stepStart = System.nanoTime();
      loss = step();
      stepSeconds[i] = (System.nanoTime() - stepStart) / 1e9;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    java.util.Arrays.sort(stepSeconds);
    return String.format(
        Locale.ROOT,
        "%.1f %.3f %.4f %.3f",
        count * sizes.tokens() / seconds,
        Processor.seconds() - processStart,
        loss,
        1000 * stepSeconds[count / 2]);
  }

  private double step() {
    for (int i = 0; i < sizes.tokens(); i++) {
      ids.set(i, random.nextInt(sizes.vocabulary));
      targets.set(i, random.nextInt(sizes.vocabulary));
    }
    parameters.clearGradients();
    var tokens = new TokenBlock(ids, sizes.batch, sizes.context, 0);
    var output = decoder.forward(tape, tokens);
    var headLoss = new HeadLoss(targets, 1f / sizes.tokens(), 0);
    tape.headLoss(output, parameters.head(), headLoss, losses);
    tape.backward();
    update();
    double sum = 0;
    for (int i = 0; i < sizes.tokens(); i++) {
      sum += losses.get(i);
    }
    return sum / sizes.tokens();
  }

  private void update() {
    double squares = 0;
    for (var variable : parameters.entries().values()) {
      squares += kernels.sumOfSquares(variable.gradient().orElseThrow());
    }
    float clip = (float) Math.min(1, 1 / (Math.sqrt(squares) + 1e-6));
    steps++;
    int i = 0;
    for (var spec : parameters.specs()) {
      var variable = parameters.get(spec);
      float decay = spec.shape().rank() == 2 ? WEIGHT_DECAY : 0;
      var how = new AdamW(LEARNING_RATE, 0.9f, 0.95f, 1e-8f, decay, steps, clip);
      kernels.adamw(how, variable.value(), variable.gradient().orElseThrow(), moments.get(i++));
    }
  }
}
