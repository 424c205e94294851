package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.collective.CollectiveException;
import dev.fader.data.Batch;
import dev.fader.grad.Routing;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.TinyModels;
import dev.fader.tensor.TensorMemory;
import dev.fader.train.OptimizerConfig.Method;
import dev.fader.train.TrainingRun.Compute;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;
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
      for (int entry : units.get(unit).entries()) {
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

  /// Layers that are large enough to be exchanged one by one, while those below run.
  @ParameterizedTest
  @EnumSource(names = {"ADAMW", "MUON"})
  void largeLayersHaveTheSameBits(Method method) throws Exception {
    var model = TinyRun.model(3, 1, 252);
    var layers = Shares.units(ParameterLayout.of(model), model, false, false);
    assertEquals(4, layers.size(), "units");
    check(model, config(method, false), 3);
  }

  /// Each rank alone would count other choices, and move its biases or its gradient by those.
  @ParameterizedTest
  @EnumSource(names = {"BIAS", "LOSS"})
  void expertsAreBalancedByTheLoadsOfAllRanks(Balancing.Method method) throws Exception {
    var model = corrected();
    var config = config(Method.ADAMW, false).with(new Balancing(method, 0.05, 0.5, 0.1));
    check(model, config, 3);
    var loads = train(model, config, Ranks.alone()).results.getLast().experts();
    var apart = Optional.of(LocalSteps.of(STEPS)); // each counts for itself
    var unbalanced = config.with(Balancing.NONE);
    var own =
        RankThreads.all(
            2,
            Sharding.NONE,
            each ->
                train(model, unbalanced, new Ranks(each.collective(), Sharding.NONE, apart))
                    .results
                    .getFirst()
                    .experts());
    assertNotEquals(own.getFirst(), own.getLast(), "the ranks have the same loads");
    long choices = loads.getFirst().choices().stream().mapToLong(Long::longValue).sum();
    long ofOne = own.getFirst().getFirst().choices().stream().mapToLong(Long::longValue).sum();
    assertTrue(choices > ofOne, "%d choices of all, %d of one".formatted(choices, ofOne));
  }

  /// One whose routers have biases, and choose a few of their experts.
  private static ModelConfig corrected() {
    var model =
        TinyModels.all().stream()
            .filter(one -> one.feedForward().experts().map(Experts::corrected).orElse(false))
            .findFirst()
            .orElseThrow();
    var few = new Routing(Routing.Scoring.SIGMOID, 2, true);
    var experts = new Experts(5, 7, 0, few, true, false, Experts.Layout.SEPARATE, Set.of());
    return model.withFeedForward(model.feedForward().withExperts(experts));
  }

  private static RankDemand.Member member(int rank, int ranks, Sharding sharding) {
    return new RankDemand.Member(rank, ranks, sharding, Optional.empty());
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
        assertEquals(demand.total() + activations, together.get(rank).bytes, who);
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

  /// A loss that does something else before a microbatch runs forwards, on the tape of its pass.
  private record Interrupted(Objective loss, ObjIntConsumer<Tape> before) implements Objective {
    @Override
    public int microbatches() {
      return loss.microbatches();
    }

    @Override
    public Size size(int index) {
      return loss.size(index);
    }

    @Override
    public Variable forward(Tape tape, int index) {
      before.accept(tape, index);
      return loss.forward(tape, index);
    }

    @Override
    public double startBackward(Tape tape, int index, Variable output, Size step) {
      return loss.startBackward(tape, index, output, step);
    }
  }

  /// What the last of some steps with two microbatches for each of two ranks told.
  private static Optional<Waiting> interrupted(Ranks ranks, int steps, IntConsumer before) {
    var model = TinyModels.gpt2();
    try (var workers = Workers.of(1);
        var trainer =
            new TrainableModel(
                new Compute(Kernels.scalar(workers), TensorMemory.unlimited(), ranks),
                model,
                config(Method.ADAMW, false))) {
      trainer.initialize();
      trainer.share();
      var told = Optional.<Waiting>empty();
      for (int step = 0; step < steps; step++) {
        var loss = trainer.nextTokens(batches(model, step).subList(0, 2));
        trainer.step(
            new Interrupted(loss, (_, index) -> before.accept(index)),
            new StepPlan(step, 5e-3, false));
        told = trainer.waiting();
      }
      return told;
    }
  }

  /// The second rank fails in its second microbatch, while what it found in the first waits for the
  /// first rank, which is still in its first: as far as layers that take turns let it come.
  @ParameterizedTest
  @EnumSource
  void aRankThatFailsBesideAnExchangeEndsTheOthers(Sharding sharding) throws Exception {
    var hasFailed = new CountDownLatch(1);
    var ends =
        RankThreads.futures(
            2,
            sharding,
            ranks -> {
              try {
                return interrupted(
                    ranks,
                    1,
                    index -> {
                      if (index == 1 && !ranks.leads()) {
                        throw new TrainingException("the memory is broken");
                      }
                      if (index == 0 && ranks.leads() && !ranks.shares(Sharding.GRADIENTS)) {
                        awaitUninterrupted(hasFailed);
                      }
                    });
              } finally {
                hasFailed.countDown();
              }
            });
    var other = assertThrows(ExecutionException.class, () -> ends.get(1).get());
    assertEquals("the memory is broken", other.getCause().getMessage());
    var first = assertThrows(ExecutionException.class, () -> ends.get(0).get());
    assertEquals(CollectiveException.class, first.getCause().getClass());
    assertEquals("rank 1: the memory is broken", first.getCause().getMessage());
  }

  /// The backward pass is not over before the gradients of all layers have gone: they would never,
  /// if they went after it.
  @ParameterizedTest
  @EnumSource
  void gradientsAreExchangedDuringTheBackwardPass(Sharding sharding) throws Exception {
    int layers = 3; // each large enough to be exchanged by itself
    var model = TinyRun.model(layers, 1, 252);
    var rounds =
        RankThreads.all(
            2,
            sharding,
            given -> {
              var counting = new CountingGroup(given.collective());
              var ranks = new Ranks(counting, sharding);
              var waited = new ArrayList<Integer>();
              try (var workers = Workers.of(1);
                  var trainer =
                      new TrainableModel(
                          new Compute(Kernels.scalar(workers), TensorMemory.unlimited(), ranks),
                          model,
                          config(Method.ADAMW, false))) {
                trainer.initialize();
                trainer.share();
                counting.forgetSums();
                var first = trainer.parameters().get(trainer.parameters().learned().getFirst());
                var loss = trainer.nextTokens(batches(model, 0).subList(0, 2));
                Runnable until =
                    () -> {
                      // Besides, after the round before, what is outside of layers.
                      int sums = waited.isEmpty() ? layers : layers + 1;
                      assertTrue(
                          await(counting, sums),
                          "not all layers are exchanged before the backward pass of round %d is over"
                              .formatted(waited.size()));
                      waited.add(sums);
                    };
                // What a tape has first, it plays last in the backward pass.
                trainer.step(
                    new Interrupted(loss, (tape, _) -> tape.pass(first, () -> {}, until)),
                    new StepPlan(0, 5e-3, false));
              }
              return waited;
            });
    assertEquals(List.of(List.of(3, 4), List.of(3, 4)), rounds);
  }

  private static boolean await(CountingGroup group, int sums) {
    try {
      return group.awaitSums(sums);
    } catch (InterruptedException late) {
      throw new AssertionError(late);
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException late) {
      throw new AssertionError(late);
    }
  }

  /// It sleeps for longer than a step of so small a model takes on a busy machine.
  @ParameterizedTest
  @EnumSource
  void aSlowRankIsNamed(Sharding sharding) throws Exception {
    var told =
        RankThreads.all(
            2,
            sharding,
            ranks ->
                interrupted(
                    ranks,
                    2,
                    _ -> {
                      if (!ranks.leads()) {
                        LockSupport.parkNanos(300_000_000);
                      }
                    }));
    assertEquals(told.get(0).orElseThrow().seconds(), told.get(1).orElseThrow().seconds());
    var slow = told.get(0).orElseThrow().slow(0.1).orElseThrow();
    assertEquals(1, slow.rank());
    assertTrue(slow.share() <= 1, "a share of " + slow.share());
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
