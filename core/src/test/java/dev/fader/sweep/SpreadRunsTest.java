package dev.fader.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.collective.CollectiveException;
import dev.fader.data.Corpus;
import dev.fader.data.Dataset;
import dev.fader.data.Encoder;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.Engine;
import dev.fader.kernel.option.EngineChoice;
import dev.fader.kernel.option.Precision;
import dev.fader.sweep.SweepRequest.Size;
import dev.fader.tensor.TensorMemory;
import dev.fader.tokenizer.Tokenizer;
import dev.fader.train.RankThreads;
import dev.fader.train.Ranks;
import dev.fader.train.Sharding;
import dev.fader.train.TrainingEvent;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe;
import dev.fader.train.recipe.RecipeRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sweeps whose runs are spread over ranks, against those of one process.
class SpreadRunsTest {
  private static final Tokenizer BYTES = Tokenizer.bytes();

  @TempDir private Path folder;
  private Dataset data;
  private List<SweepRun> runs;

  /// What a rank came to.
  ///
  /// @param began names of the runs that it trained
  /// @param told names of all whose end it heard of
  private record Done(List<SweepResult> results, List<String> began, List<String> told) {}

  @BeforeEach
  void open() throws Exception {
    var texts =
        IntStream.range(0, 900)
            .mapToObj(i -> "the cat number %d sat on mat number %d.\n".formatted(i, i % 60))
            .toList();
    var plan = new Dataset.Plan(Encoder.of(BYTES), 0.1, folder.resolve("cache"), 1);
    try (var corpus = Corpus.of(texts)) {
      data = Dataset.prepare(corpus, Optional.empty(), plan, line -> {});
    }
    var request =
        new SweepRequest(
            List.of(2e7, 4e7),
            List.of(new Size(1, 32), new Size(2, 32)),
            List.of(),
            OptionalDouble.empty(),
            RecipeRequest.NONE.with(Hyperparameter.CONTEXT, 16).with(Hyperparameter.BATCH, 2));
    var resources =
        new Recipe.Resources(
            data.training().tokens(), BYTES.vocabularySize(), Machine.here(), MachineSpeed.ASSUMED);
    runs = SweepPlan.of(request, resources, OptionalInt.empty()).runs();
  }

  @AfterEach
  void close() {
    data.close();
  }

  /// Something that a rank does where a run has taken its first step.
  private interface FirstStep {
    void in(Sweep sweep, int rank);
  }

  private Done sweep(String out, Ranks ranks, FirstStep first) throws Exception {
    try (var engine =
        new Engine(1, new TensorMemory(1L << 30), EngineChoice.JAVA, Precision.FLOAT32)) {
      var sweep =
          new Sweep(
              new Sweep.Place(folder.resolve(out), Optional.of(BYTES), data),
              new TrainingRun.Compute(engine.kernels(), engine.memory(), ranks));
      var began = new ArrayList<String>();
      var told = new ArrayList<String>();
      Consumer<SweepEvent> listener =
          event -> {
            switch (event) {
              case SweepEvent.RunStarted started -> began.add(started.run().name());
              case SweepEvent.RunDone done -> told.add(done.run().name());
              case SweepEvent.RunProgressed(_, TrainingEvent.StepTaken step)
                  when step.step() == 1 ->
                  first.in(sweep, ranks.collective().rank());
              case SweepEvent.RunProgressed _ -> {}
            }
          };
      return new Done(sweep.run(runs, listener), began, told);
    }
  }

  private List<Done> spread(String out, int size, FirstStep first) throws Exception {
    return RankThreads.all(size, Sharding.NONE, ranks -> sweep(out, ranks, first));
  }

  private static List<Double> losses(Done done) {
    return done.results.stream().map(SweepResult::loss).toList();
  }

  @Test
  void ranksHaveTheResultsOfOneProcess() throws Exception {
    var alone = sweep("alone", Ranks.alone(), (sweep, rank) -> {});
    var all = spread("spread", 3, (sweep, rank) -> {});
    var names = runs.stream().map(SweepRun::name).sorted().toList();
    var began = new ArrayList<String>();
    for (var done : all) {
      assertEquals(losses(alone), losses(done));
      assertEquals(all.getFirst().results, done.results);
      assertEquals(names, done.told.stream().sorted().toList());
      assertTrue(!done.began.isEmpty() && done.began.size() < 3, done.began::toString);
      began.addAll(done.began);
    }
    Collections.sort(began);
    assertEquals(names, began); // each on one rank
    // In the folder of the sweep, for the next start.
    assertEquals(
        losses(alone).stream().sorted().toList(),
        Sweep.results(folder.resolve("spread")).stream().map(SweepResult::loss).sorted().toList());
    var again = spread("spread", 2, (sweep, rank) -> {});
    for (var done : again) {
      assertEquals(List.of(), done.began);
      assertEquals(all.getFirst().results, done.results);
    }
  }

  /// As a check follows the ladder.
  @Test
  void aSweepGoesOnWithOtherRuns() throws Exception {
    RankThreads.all(
        2,
        Sharding.NONE,
        ranks -> {
          try (var engine =
              new Engine(1, new TensorMemory(1L << 30), EngineChoice.JAVA, Precision.FLOAT32)) {
            var sweep =
                new Sweep(
                    new Sweep.Place(folder.resolve("later"), Optional.of(BYTES), data),
                    new TrainingRun.Compute(engine.kernels(), engine.memory(), ranks));
            assertEquals(2, sweep.run(runs.subList(0, 2), event -> {}).size());
            assertEquals(1, sweep.run(runs.subList(2, 3), event -> {}).size());
            return true;
          }
        });
  }

  @Test
  void oneThatStopsStopsAllAndOthersGoOn() throws Exception {
    var alone = sweep("alone", Ranks.alone(), (sweep, rank) -> {});
    var stopped =
        spread(
            "parts",
            2,
            (sweep, rank) -> {
              if (rank == 1) {
                sweep.requestStop();
              }
            });
    assertTrue(stopped.getFirst().results.size() < runs.size());
    assertEquals(stopped.getFirst().results, stopped.getLast().results);
    for (var done : spread("parts", 3, (sweep, rank) -> {})) {
      assertEquals(losses(alone), losses(done));
    }
  }

  @Test
  void aRankThatFailsEndsTheOthers() {
    List<Future<Done>> ends =
        RankThreads.futures(
            2,
            Sharding.NONE,
            ranks ->
                sweep(
                    "failing",
                    ranks,
                    (sweep, rank) -> {
                      if (rank == 1) {
                        throw new TrainingException("the disk is full");
                      }
                    }));
    var other = assertThrows(ExecutionException.class, () -> ends.getFirst().get());
    assertInstanceOf(CollectiveException.class, other.getCause());
    assertEquals("rank 1: the disk is full", other.getCause().getMessage());
  }
}
