package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.train.TrainingEvent.Ending;
import dev.fader.train.TrainingEvent.Finished;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whole runs of ranks that take steps of their own.
class LocalStepsRunTest {
  private static final TrainingRun.Beginning ANEW =
      new TrainingRun.Beginning.New(Optional.empty(), false);
  private static final TrainingRun.Beginning RESUMED = new TrainingRun.Beginning.Resumed();
  private static final int STEPS = 9;

  @TempDir Path folder;

  private final List<TrainingEvent> events = new ArrayList<>(); // of the first rank

  private List<Finished> train(String name, int ranks, Beginning beginning) throws Exception {
    return RankThreads.all(
        ranks,
        Sharding.NONE,
        each -> {
          var local = new Ranks(each.collective(), Sharding.NONE, Optional.of(LocalSteps.of(2)));
          int rank = each.collective().rank();
          var where = folder.resolve(rank == 0 ? name : name + "-" + rank);
          Files.createDirectories(where);
          var run = new TinyRun(where, new TrainingBudget.Steps(STEPS));
          run.config = run.config.with(new TrainingConfig.Batching(2, 3, 13));
          run.ranks = local;
          var end = run.run(beginning.how, beginning.stopAt);
          if (rank == 0) {
            events.addAll(run.events);
          }
          return end;
        });
  }

  private record Beginning(TrainingRun.Beginning how, long stopAt) {}

  private byte[] file(String name, String file) throws Exception {
    return Files.readAllBytes(folder.resolve(name).resolve("out").resolve(file));
  }

  /// Stopped after an exchange and resumed, three ranks leave the files of three that were not.
  @Test
  void resumedRunHasTheSameBits() throws Exception {
    for (var end : train("whole", 3, new Beginning(ANEW, Long.MAX_VALUE))) {
      assertEquals(Ending.COMPLETED, end.ending());
      assertEquals(STEPS, end.step());
    }
    // It is evaluated and saved at the exchange after that for which it was due, and at the end.
    assertEquals(
        List.of(6L, 9L),
        events.stream()
            .filter(TrainingEvent.StepTaken.class::isInstance)
            .map(TrainingEvent.StepTaken.class::cast)
            .filter(taken -> taken.evaluation().isPresent())
            .map(TrainingEvent.StepTaken::step)
            .toList());
    // How long the ranks have waited is told where they meet.
    assertEquals(
        List.of(2L, 4L, 6L, 8L, 9L),
        events.stream()
            .filter(TrainingEvent.StepTaken.class::isInstance)
            .map(TrainingEvent.StepTaken.class::cast)
            .filter(taken -> taken.waiting().map(all -> all.seconds().size() == 3).orElse(false))
            .map(TrainingEvent.StepTaken::step)
            .toList());
    train("parts", 3, new Beginning(ANEW, 4));
    train("parts", 3, new Beginning(RESUMED, Long.MAX_VALUE));
    assertArrayEquals(file("whole", "model.safetensors"), file("parts", "model.safetensors"));
    for (var state : List.of("optimizer", "outer", "optimizer-of-rank-1", "optimizer-of-rank-2")) {
      var path = "checkpoints/step-0000000%d/trainer/%s.safetensors".formatted(STEPS, state);
      assertArrayEquals(file("whole", path), file("parts", path), state);
    }
    assertFalse(
        java.util.Arrays.equals(
            file("whole", "checkpoints/step-00000009/trainer/optimizer.safetensors"),
            file("whole", "checkpoints/step-00000009/trainer/optimizer-of-rank-1.safetensors")),
        "both ranks took the same steps");
  }

  /// The others may be on their way to the next exchange, and would wait there for it: it fails,
  /// and does not end the run as one does that all hear of.
  @Test
  void firstRankThatDivergesBetweenExchangesFails() {
    var futures =
        RankThreads.futures(
            2,
            Sharding.NONE,
            each -> {
              var where = folder.resolve("apart-" + each.collective().rank());
              Files.createDirectories(where);
              var run = new TinyRun(where, new TrainingBudget.Steps(STEPS));
              // This rate takes weights beyond all numbers at once.
              run.config = TinyRun.config(run.config.budget(), 1e30, OptimizerConfig.Method.SGD);
              run.ranks =
                  new Ranks(each.collective(), Sharding.NONE, Optional.of(LocalSteps.of(5)));
              return run.run(ANEW, Long.MAX_VALUE);
            });
    assertEquals(
        "its loss or gradient of step 2 is no finite number: choose a lower learning rate",
        failure(futures.getFirst()));
  }

  private static String failure(Future<Finished> rank) {
    var failed = assertThrows(ExecutionException.class, rank::get);
    return String.valueOf(failed.getCause().getMessage());
  }

  /// On another number of ranks all go on with the moments of the first.
  @Test
  void otherNumberOfRanksGoesOn() throws Exception {
    train("other", 3, new Beginning(ANEW, 4));
    for (var end : train("other", 2, new Beginning(RESUMED, 6))) {
      assertEquals(Ending.STOPPED, end.ending());
      assertEquals(6, end.step());
    }
    for (var end : train("other", 1, new Beginning(RESUMED, Long.MAX_VALUE))) {
      assertEquals(Ending.COMPLETED, end.ending());
    }
  }
}
