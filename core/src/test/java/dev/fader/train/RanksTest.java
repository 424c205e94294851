package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.data.Batch;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.TinyModels;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.OptimizerConfig.Method;
import dev.fader.train.TrainingRun.Compute;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Ranks that take steps together, against one process that takes the same.
class RanksTest {
  private static final int MICROBATCHES = 4;
  private static final int TIME = 13;
  private static final int STEPS = 2;

  /// What a rank has after some steps.
  ///
  /// @param bytes that it took at most
  /// @param sent bytes to other ranks in the last step, which measures no updates
  private record Taken(
      List<StepResult> results, SortedMap<String, float[]> numbers, long bytes, long sent) {}

  private static TrainingConfig config(Method method, boolean recompute) {
    var usual = TinyRun.config(new TrainingBudget.Steps(9), 5e-3, method);
    return new TrainingConfig(
        new TrainingConfig.Batching(2, MICROBATCHES, TIME),
        usual.budget(),
        usual.schedule(),
        usual.optimizer(),
        usual.cadence(),
        recompute ? 0.1 : 0,
        42,
        recompute,
        false);
  }

  /// The microbatches of a step, of which some targets do not count.
  private static List<Batch> batches(ModelConfig model, long step) {
    var random = new Random(step);
    var batches = new ArrayList<Batch>();
    for (int i = 0; i < MICROBATCHES; i++) {
      var inputs = random.ints(2 * TIME, 0, model.vocabularySize()).toArray();
      var targets = random.ints(2 * TIME, 0, model.vocabularySize()).toArray();
      for (int at = random.nextInt(TIME); at < 2 * TIME; at += 5) {
        targets[at] = Batch.IGNORED;
      }
      batches.add(new Batch(2, TIME, inputs, targets));
    }
    return batches;
  }

  private static Taken train(ModelConfig model, TrainingConfig config, Ranks given) {
    var counting = new CountingGroup(given.collective());
    var ranks = given.isAlone() ? given : new Ranks(counting, given.sharding(), given.local());
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(1);
        var trainer =
            new TrainableModel(
                new Compute(Kernels.scalar(workers), memory, ranks), model, config)) {
      if (ranks.leads()) {
        trainer.initialize();
      }
      trainer.share();
      var turns = ranks.turns(MICROBATCHES);
      var results = new ArrayList<StepResult>();
      long sent = 0;
      for (int step = 0; step < STEPS; step++) {
        var own = new ArrayList<Batch>();
        var all = batches(model, step);
        for (int i = 0; i < MICROBATCHES; i++) {
          if (turns.isMine(i)) {
            own.add(all.get(i));
          }
        }
        long before = counting.sent();
        results.add(trainer.step(own, new StepPlan(step, 5e-3, step == 0)));
        sent = counting.sent() - before;
      }
      return new Taken(results, numbers(trainer, ranks), memory.peakBytes(), sent);
    }
  }

  private static SortedMap<String, float[]> numbers(TrainableModel trainer, Ranks ranks) {
    var parameters = trainer.parameters();
    var units = LayersInTurn.units(parameters.learned(), parameters.config());
    int tensors = trainer.state().contents().size();
    var numbers = new TreeMap<String, float[]>();
    for (int unit = 0; unit < units.size(); unit++) {
      if (ranks.shares(Sharding.WEIGHTS) && unit < units.size() - 1) {
        trainer.collect(tensors + unit);
      }
      for (int entry : units.get(unit)) {
        var spec = parameters.learned().get(entry);
        numbers.put(spec.name(), parameters.get(spec).value().toArray());
      }
    }
    return numbers;
  }

  private static void assertSame(Taken expected, Taken actual, String who) {
    assertEquals(expected.results, actual.results, who);
    assertEquals(expected.numbers.keySet(), actual.numbers.keySet(), who);
    expected.numbers.forEach(
        (name, numbers) -> assertArrayEquals(numbers, actual.numbers.get(name), who + ": " + name));
  }

  /// Every kind of model, half of them with dropout and recomputation.
  static Stream<Arguments> models() {
    var all = TinyModels.all();
    return IntStream.range(0, all.size()).mapToObj(i -> Arguments.of(all.get(i), i % 2 == 0));
  }

  @ParameterizedTest
  @MethodSource("models")
  void ranksHaveTheBitsOfOneProcess(ModelConfig model, boolean recompute) throws Exception {
    var method = recompute ? Method.ADAMW : Method.MUON;
    check(model, config(method, recompute), 3);
  }

  @ParameterizedTest
  @EnumSource
  void anyNumberOfRanksHasTheSameBits(Method method) throws Exception {
    for (int ranks = 2; ranks <= MICROBATCHES; ranks++) {
      check(TinyModels.gpt2(), config(method, true), ranks);
    }
  }

  /// Entries of several pieces, which are cut.
  @ParameterizedTest
  @EnumSource(names = {"ADAMW", "MUON"})
  void entriesThatAreCutHaveTheSameBits(Method method) throws Exception {
    check(TinyRun.model(1, 1, 132), config(method, false), 3);
  }

  private static RankDemand.Member member(int rank, int ranks, Sharding sharding) {
    return new RankDemand.Member(rank, ranks, sharding, Optional.empty());
  }

  /// Bytes of what whoever is between the layers may multiply the weights of experts with: of all
  /// layers, or of one at a time where they are computed again.
  private static long expertFactors(ModelConfig model, boolean recomputed) {
    long numbers = 0;
    for (int layer = 0; layer < model.layers(); layer++) {
      long own = 2L * TIME * model.feedForward().experts(layer).map(Experts::count).orElse(0);
      numbers = recomputed ? Math.max(numbers, own) : numbers + own;
    }
    return numbers * Float.BYTES;
  }

  private static void check(ModelConfig model, TrainingConfig config, int ranks) throws Exception {
    var alone = train(model, config, Ranks.alone());
    var one = RankDemand.of(model, config, member(0, 1, Sharding.NONE));
    long activations = alone.bytes - one.total();
    for (var sharding : Sharding.values()) {
      var together = RankThreads.all(ranks, sharding, each -> train(model, config, each));
      for (int rank = 0; rank < ranks; rank++) {
        var who = "rank %d of %d, %s".formatted(rank, ranks, sharding);
        assertSame(alone, together.get(rank), who);
        var demand = RankDemand.of(model, config, member(rank, ranks, sharding));
        long asked =
            sharding.includes(Sharding.GRADIENTS) ? expertFactors(model, config.recompute()) : 0;
        assertEquals(demand.total() + activations + asked, together.get(rank).bytes, who);
        assertEquals(demand.sentPerStep(), together.get(rank).sent, who);
      }
    }
  }

  /// One of which has two microbatches.
  @Test
  void ranksThatSeldomTalkTakeAndSendWhatIsCounted() throws Exception {
    var model = TinyModels.gpt2();
    var config = config(Method.ADAMW, false);
    var alone = train(model, config, Ranks.alone());
    long activations =
        alone.bytes - RankDemand.of(model, config, member(0, 1, Sharding.NONE)).total();
    var local = Optional.of(LocalSteps.of(1));
    var apart =
        RankThreads.all(
            3,
            Sharding.NONE,
            each -> train(model, config, new Ranks(each.collective(), Sharding.NONE, local)));
    for (int rank = 0; rank < 3; rank++) {
      var demand =
          RankDemand.of(model, config, new RankDemand.Member(rank, 3, Sharding.NONE, local));
      assertEquals(demand.total() + activations, apart.get(rank).bytes, "rank " + rank);
      assertEquals(demand.sentPerStep(), apart.get(rank).sent, "rank " + rank);
    }
  }

  /// Though it has nothing to give, the others wait for it where all meet.
  @Test
  void aRankThatDivergesKeepsNoOtherWaiting() throws Exception {
    var model = TinyModels.gpt2();
    var config = config(Method.ADAMW, false);
    var local = Optional.of(LocalSteps.of(1));
    var diverged =
        RankThreads.all(
            2,
            Sharding.NONE,
            each -> {
              var ranks = new Ranks(each.collective(), Sharding.NONE, local);
              try (var workers = Workers.of(1);
                  var trainer =
                      new TrainableModel(
                          new Compute(Kernels.scalar(workers), TensorMemory.unlimited(), ranks),
                          model,
                          config)) {
                trainer.initialize();
                trainer.share();
                if (ranks.leads()) {
                  var first = trainer.parameters().learned().getFirst();
                  Matrix.of(trainer.parameters().get(first).value()).fill(Float.NaN);
                }
                var own = batches(model, 0).subList(0, 2);
                return trainer.step(own, new StepPlan(0, 5e-3, false)).isDiverged();
              }
            });
    assertEquals(List.of(true, false), diverged);
  }

  @Test
  void moreRanksThanMicrobatchesAreRefused() {
    var refused = assertThrows(TrainingException.class, () -> new Turns(2, 0, 3));
    assertEquals(
        "3 ranks share 2 microbatches of a step, and some would have none: start fewer ranks, or choose `accumulate` 3 or more",
        refused.getMessage());
  }

  @Test
  void everyMicrobatchIsOneRanks() {
    for (int ranks = 1; ranks <= 7; ranks++) {
      for (int round = 0; round < Math.ceilDiv(7, ranks); round++) {
        for (int rank = 0; rank < ranks; rank++) {
          var turns = new Turns(7, rank, ranks);
          boolean has = rank < turns.ranksIn(round);
          assertEquals(round < turns.count(), has);
          if (has) {
            for (int other = 0; other < ranks; other++) {
              assertEquals(other == rank, new Turns(7, other, ranks).isMine(turns.number(round)));
            }
          }
        }
      }
    }
  }
}
