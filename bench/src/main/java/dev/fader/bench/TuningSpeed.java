package dev.fader.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.StepPlan;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingRun.Compute;
import dev.fader.tune.AdapterLearner;
import dev.fader.tune.AdapterStart;
import dev.fader.tune.LearningData;
import dev.fader.tune.example.Place;
import dev.fader.tune.example.TrainingExample;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// Whole steps of tuning an adapter on random tokens: forward, backward, clipping, AdamW.
///
/// Takes turns with `tuning.py`: for each line `N` on standard input it runs N steps and answers
/// with one line `tokens-per-second cpu-seconds loss milliseconds-of-the-median-step`. Arguments: a
/// model, an adapter, sequences in a batch, their tokens, threads.
public final class TuningSpeed {
  private static final long SEED = 1;
  private static final double LEARNING_RATE = 2e-4;
  private static final int EXAMPLES = 64;

  private TuningSpeed() {}

  /// Answers lines of standard input until it ends.
  public static void main(String[] arguments) throws IOException {
    int batch = Integer.parseInt(arguments[2]);
    int time = Integer.parseInt(arguments[3]);
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(Integer.parseInt(arguments[4]));
        var base = LoadedModel.open(Path.of(arguments[0]), memory);
        var learner =
            new AdapterLearner(
                new AdapterLearner.Task(
                    base,
                    new AdapterStart.Stored(Path.of(arguments[1])),
                    config(batch, time),
                    data(base.config().vocabularySize(), time)),
                new Compute(Kernels.choose(workers), memory))) {
      var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      long step = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int count = Integer.parseInt(line.strip());
        System.out.println(run(learner, step, count, batch * time));
        step += count;
      }
    }
  }

  private static TrainingConfig config(int batch, int time) {
    return new TrainingConfig(
        new TrainingConfig.Batching(batch, 1, time),
        new TrainingBudget.Steps(1),
        new Schedule(Schedule.Shape.CONSTANT, LEARNING_RATE, 0, 0),
        OptimizerConfig.adamw(),
        TrainingConfig.Cadence.standard(),
        0,
        SEED,
        false,
        false);
  }

  private static LearningData data(int vocabulary, int time) {
    var random = new SplittableRandom(SEED);
    var examples = new ArrayList<TrainingExample>();
    for (int i = 0; i < EXAMPLES; i++) {
      var learned = new BitSet();
      learned.set(1, time + 1);
      var ids = random.ints(time + 1, 0, vocabulary).toArray();
      examples.add(new TrainingExample(ids, learned, new Place("random", i + 1)));
    }
    return new LearningData.Continuations(examples, List.of(), false);
  }

  private static String run(AdapterLearner learner, long first, int count, int tokens) {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    var times = new long[count];
    double loss = 0;
    long processBefore = system.getProcessCpuTime();
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long before = System.nanoTime();
      loss = learner.step(new StepPlan(first + i, LEARNING_RATE, false)).loss();
      times[i] = System.nanoTime() - before;
    }
    double seconds = (System.nanoTime() - start) * 1e-9;
    double processor = (system.getProcessCpuTime() - processBefore) * 1e-9;
    Arrays.sort(times);
    return String.format(
        Locale.ROOT,
        "%.1f %.3f %.4f %.3f",
        count * (double) tokens / seconds,
        processor,
        loss,
        times[count / 2] * 1e-6);
  }
}
