package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.collective.CollectiveException;
import dev.fader.train.TrainingEvent.Ending;
import dev.fader.train.TrainingEvent.Finished;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Whole runs of several ranks, against one process.
class RankRunTest {
  private static final TrainingRun.Beginning ANEW =
      new TrainingRun.Beginning.New(Optional.empty(), false);
  private static final TrainingRun.Beginning RESUMED = new TrainingRun.Beginning.Resumed();
  private static final int MICROBATCHES = 3;

  @TempDir Path folder;

  private TinyRun run(Path where, Ranks ranks) throws Exception {
    Files.createDirectories(where);
    var run = new TinyRun(where, new TrainingBudget.Steps(6));
    run.config = run.config.with(new TrainingConfig.Batching(2, MICROBATCHES, 13));
    run.ranks = ranks;
    return run;
  }

  /// The text of another rank lies in a folder of its own, as on another machine.
  private TinyRun run(Ranks ranks) throws Exception {
    int rank = ranks.collective().rank();
    return run(folder.resolve(rank == 0 ? "first" : "other-" + rank), ranks);
  }

  private static List<String> files(Path out) throws Exception {
    try (var files = Files.walk(out)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> out.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  /// A run of three ranks, stopped and resumed on two and then on one, leaves the files of one
  /// process that was not.
  @ParameterizedTest
  @EnumSource
  void otherNumbersOfRanksGoOnWithTheSameBits(Sharding sharding) throws Exception {
    var alone = run(folder.resolve("alone"), Ranks.alone());
    alone.begin();
    int stopAt = 2;
    for (int ranks = MICROBATCHES; ranks > 0; ranks--) {
      var beginning = ranks == MICROBATCHES ? ANEW : RESUMED;
      long stop = ranks == 1 ? Long.MAX_VALUE : stopAt;
      var ends = RankThreads.all(ranks, sharding, each -> run(each).run(beginning, stop));
      for (Finished end : ends) {
        assertEquals(ranks == 1 ? Ending.COMPLETED : Ending.STOPPED, end.ending());
        assertEquals(ranks == 1 ? 6 : stopAt, end.step());
      }
      stopAt += 2;
    }
    Path out = folder.resolve("first/out");
    assertEquals(
        files(alone.out()).stream().filter(file -> !file.contains("step-")).toList(),
        files(out).stream().filter(file -> !file.contains("step-")).toList());
    assertArrayEquals(
        Files.readAllBytes(alone.out().resolve("model.safetensors")),
        Files.readAllBytes(out.resolve("model.safetensors")));
    var moments = "checkpoints/step-00000006/trainer/optimizer.safetensors";
    assertArrayEquals(
        Files.readAllBytes(alone.out().resolve(moments)), Files.readAllBytes(out.resolve(moments)));
    assertFalse(Files.exists(folder.resolve("other-1/out")), "another rank wrote");
  }

  /// Of every step, by all ranks; one process tells of none.
  @Test
  void theFirstRankTellsHowLongAllHaveWaited() throws Exception {
    for (int ranks = 1; ranks <= MICROBATCHES; ranks++) {
      int size = ranks;
      var events =
          RankThreads.all(
              size,
              Sharding.NONE,
              each -> {
                var run = run(folder.resolve(size + " ranks, " + each.collective().rank()), each);
                run.begin();
                return run.events;
              });
      var told =
          events.getFirst().stream()
              .filter(TrainingEvent.StepTaken.class::isInstance)
              .map(event -> ((TrainingEvent.StepTaken) event).waiting())
              .toList();
      assertEquals(6, told.size());
      for (var waiting : told) {
        assertEquals(size > 1, waiting.isPresent());
        if (size > 1) {
          assertEquals(size, waiting.get().seconds().size());
          double own = waiting.get().seconds().getFirst();
          assertTrue(own >= 0 && own <= waiting.get().of(), waiting.toString());
        }
      }
      assertTrue(events.subList(1, size).stream().allMatch(List::isEmpty), "another rank tells");
    }
  }

  @Test
  void whatTheFirstRankCannotSaveEndsTheOthers() throws Exception {
    var ends =
        RankThreads.futures(
            2,
            Sharding.NONE,
            each -> {
              var run = run(each);
              if (each.leads()) {
                run.afterStep =
                    () -> {
                      throw new TrainingException("the disk is full");
                    };
              }
              return run.run(ANEW, Long.MAX_VALUE);
            });
    var first = assertThrows(ExecutionException.class, () -> ends.get(0).get());
    assertInstanceOf(TrainingException.class, first.getCause());
    var other = assertThrows(ExecutionException.class, () -> ends.get(1).get());
    assertInstanceOf(CollectiveException.class, other.getCause());
    assertEquals("rank 0: the disk is full", other.getCause().getMessage());
  }

  @Test
  void anotherTextIsRefused() throws Exception {
    var ends =
        RankThreads.futures(
            2,
            Sharding.NONE,
            each -> {
              var run = run(each);
              run.text = TinyRun.text(each.leads() ? 1 : 2);
              return run.run(ANEW, Long.MAX_VALUE);
            });
    var other = assertThrows(ExecutionException.class, () -> ends.get(1).get());
    assertEquals(
        "it has another text or other settings than the first rank: give all ranks the same",
        other.getCause().getMessage());
    var first = assertThrows(ExecutionException.class, () -> ends.get(0).get());
    assertEquals("rank 1: " + other.getCause().getMessage(), first.getCause().getMessage());
  }

  @Test
  void divergenceEndsAllRanksAlike() throws Exception {
    var ends =
        RankThreads.all(
            2,
            Sharding.NONE,
            each -> {
              var run = run(each);
              var usual = run.config;
              run.config =
                  new TrainingConfig(
                      usual.batching(),
                      usual.budget(),
                      new Schedule(Schedule.Shape.CONSTANT, 1e30, 0, 0),
                      usual.optimizer(),
                      usual.cadence(),
                      0,
                      1,
                      false,
                      false);
              return run.run(ANEW, Long.MAX_VALUE);
            });
    assertEquals(Ending.DIVERGED, ends.get(0).ending());
    assertEquals(Ending.DIVERGED, ends.get(1).ending());
    assertEquals(ends.get(0).step(), ends.get(1).step());
  }
}
