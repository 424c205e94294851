package dev.fader.bench;

import dev.fader.generate.Sampler;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.Truncation.Cuts;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/// How long it takes to choose one token of 152,000 from logits, by what cuts them.
///
/// Prints a line for each: the median of the times, in milliseconds. Arguments: how often, 2000
/// unless said.
public final class SamplingSpeed {
  private static final int VOCABULARY = 152_000;
  private static final double NANOS_PER_MILLI = 1e6;

  private SamplingSpeed() {}

  /// Logits like those of a trained model: most far below a few.
  public static void main(String[] arguments) {
    int times = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2000;
    var random = new SplittableRandom(1);
    var logits = new float[VOCABULARY];
    for (int i = 0; i < VOCABULARY; i++) {
      logits[i] = (float) (2.5 * random.nextGaussian());
    }
    measure("no cut", Cuts.NONE, logits, times);
    measure("top-k 40", Cuts.NONE.withTopK(40), logits, times);
    measure("top-p 0.95", Cuts.NONE.withTopP(0.95f), logits, times);
    measure("min-p 0.05", Cuts.NONE.withMinP(0.05f), logits, times);
  }

  private static void measure(String name, Cuts cuts, float[] logits, int times) {
    var sampler =
        new Sampler(SamplerSettings.DEFAULTS.withSeed(1).withTruncation(cuts), Optional.empty());
    var nanos = new long[times];
    for (int i = 0; i < times; i++) {
      var copy = logits.clone();
      long start = System.nanoTime();
      sampler.next(copy, new int[0], 0);
      nanos[i] = System.nanoTime() - start;
    }
    java.util.Arrays.sort(nanos);
    System.out.printf(Locale.ROOT, "%-10s  %.3f ms%n", name, nanos[times / 2] / NANOS_PER_MILLI);
  }
}
