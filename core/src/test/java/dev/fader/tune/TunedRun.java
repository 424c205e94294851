package dev.fader.tune;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.LearnedWhole;
import dev.fader.model.adapter.LoraMethod;
import dev.fader.model.adapter.ModuleSelection;
import dev.fader.model.adapter.Origin;
import dev.fader.model.adapter.Targets;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.KilledRun;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Ranks;
import dev.fader.train.Schedule;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingEvent;
import dev.fader.train.TrainingRun;
import dev.fader.train.TrainingRun.Beginning;
import dev.fader.tune.example.Place;
import dev.fader.tune.example.TrainingExample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// A run that tunes a small model, in a process of its own, to be killed: `TunedRun MODEL OUT
/// STEPS` begins it, or goes on with it where there is something to go on with.
///
/// @param every steps from one checkpoint to the next
record TunedRun(Path model, Path out, long steps, long every) {
  private TrainingConfig config() {
    return new TrainingConfig(
        new TrainingConfig.Batching(2, 2, 12),
        new TrainingBudget.Steps(steps),
        new Schedule(Schedule.Shape.COSINE, 5e-3, 0, 3),
        OptimizerConfig.adamw(),
        new TrainingConfig.Cadence(Math.min(3, every), 1, every, 2, 7),
        0,
        1,
        false,
        false);
  }

  private static LearningData data() {
    var random = new Random(3);
    var examples = new ArrayList<TrainingExample>();
    for (int i = 0; i < 13; i++) {
      int first = random.nextInt(300);
      int[] ids = random.ints(3 + random.nextInt(10), first, first + 9).toArray();
      var learned = new BitSet();
      learned.set(1 + random.nextInt(2), ids.length);
      examples.add(new TrainingExample(ids, learned, new Place("test", i + 1)));
    }
    return new LearningData.Continuations(examples.subList(0, 10), examples.subList(10, 13), false);
  }

  /// With dropout, whose draws must go on, too.
  static AdapterConfig adapter() {
    var lora = LoraMethod.of(4, 8);
    var variant = new LoraMethod.Variant(false, false, false, 0.1f);
    return new AdapterConfig(
        new LoraMethod(lora.ranks(), variant, lora.init(), List.of()),
        Targets.of(new ModuleSelection.AllLinear()),
        LearnedWhole.NOTHING,
        Origin.of("tiny"));
  }

  TrainingEvent.Finished goOn() throws IOException {
    return goOn(adapter(), Long.MAX_VALUE);
  }

  /// The same of another adapter, as far as `stop` steps.
  TrainingEvent.Finished goOn(AdapterConfig adapter, long stop) throws IOException {
    return goOn(adapter, stop, Ranks.alone());
  }

  /// The same on one of some ranks.
  TrainingEvent.Finished goOn(AdapterConfig adapter, long stop, Ranks ranks) throws IOException {
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(1);
        var base = LoadedModel.open(model, memory)) {
      var kernels = Kernels.choose(workers);
      var task = new AdapterLearner.Task(base, new AdapterStart.New(adapter, 1), config(), data());
      var learner = new AdapterLearner(task, new TrainingRun.Compute(kernels, memory, ranks));
      var beginning =
          newest() > 0
              ? new Beginning.Resumed()
              : new Beginning.New(Optional.empty(), Files.exists(out));
      var course = new TrainingRun.Course(config(), kernels.arithmetic(), out, true);
      try (var run = new TrainingRun(course, learner, beginning)) {
        return run.run(event -> {
          if (event instanceof TrainingEvent.StepTaken step && step.step() >= stop) {
            run.requestStop();
          }
        });
      }
    }
  }

  /// The step of the newest checkpoint, 0 if there is none.
  long newest() throws IOException {
    return KilledRun.newest(out);
  }

  public static void main(String[] arguments) throws IOException {
    new TunedRun(Path.of(arguments[0]), Path.of(arguments[1]), Long.parseLong(arguments[2]), 1)
        .goOn();
  }
}
