package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.collective.Collective;
import dev.fader.collective.ProcessGroup;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OuterStepTest {
  private static void set(Tensor tensor, float... numbers) {
    for (int i = 0; i < numbers.length; i++) {
      tensor.segment().setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, numbers[i]);
    }
  }

  /// What a rank has after each of its outer steps.
  ///
  /// @param learned by rank and step, what the ranks have come to by themselves
  private static List<List<float[]>> steps(LocalSteps settings, float[] begin, float[][][] learned)
      throws Exception {
    int ranks = learned.length;
    return RankThreads.all(
        ranks,
        Sharding.NONE,
        each -> {
          int rank = each.collective().rank();
          try (var arena = TensorMemory.unlimited().open("test")) {
            // Two entries, of which the first ends within a part.
            int cut = begin.length / 3;
            var first = arena.floats(cut);
            var second = arena.floats(begin.length - cut);
            var weights = new LinkedHashMap<String, Tensor>();
            weights.put("first", first);
            weights.put("second", second);
            var apart = new Ranks(each.collective(), Sharding.NONE, Optional.of(settings));
            var outer = new OuterStep(apart, new WaitingClock(), weights, arena);
            setAll(first, second, begin);
            outer.begin();
            var after = new java.util.ArrayList<float[]>();
            for (float[] numbers : learned[rank]) {
              setAll(first, second, numbers);
              outer.take();
              var all = new float[begin.length];
              System.arraycopy(first.toArray(), 0, all, 0, cut);
              System.arraycopy(second.toArray(), 0, all, cut, begin.length - cut);
              after.add(all);
            }
            return List.copyOf(after);
          }
        });
  }

  private static void setAll(Tensor first, Tensor second, float[] numbers) {
    int cut = (int) first.elements();
    set(first, java.util.Arrays.copyOf(numbers, cut));
    set(second, java.util.Arrays.copyOfRange(numbers, cut, numbers.length));
  }

  /// From 1: ranks come to 0 and 0.5, so that the mean difference is 0.75, and with a rate of 0.5
  /// and a momentum of 0.5 the common weight is 1 - 0.5 * (0.75 + 0.5 * 0.75) = 0.4375. Then they
  /// stay, so that the momentum, 0.75, moves on alone: v = 0.375, 0.4375 - 0.5 * 0.5 * 0.375.
  @Test
  void nesterovByHand() throws Exception {
    float[] one = {1, 1, 1, 1};
    float[] stay = {0.4375f, 0.4375f, 0.4375f, 0.4375f};
    var learned = new float[][][] {{{0, 0, 0, 0}, stay}, {{0.5f, 0.5f, 0.5f, 0.5f}, stay}};
    for (var rank : steps(new LocalSteps(1, 0.5, 0.5), one, learned)) {
      assertArrayEquals(stay, rank.get(0));
      float moved = 0.4375f - 0.5f * 0.5f * 0.375f;
      assertArrayEquals(new float[] {moved, moved, moved, moved}, rank.get(1));
    }
  }

  /// Without momentum and with a rate of 1 the common weights are the mean of the ranks'. The size
  /// is that of a bucket and some, so that parts are uneven.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void plainAveraging(int ranks) throws Exception {
    int size = (1 << 20) + 31;
    long seed = 5;
    var random = new Random(seed);
    var begin = new float[size];
    var learned = new float[ranks][1][size];
    for (int i = 0; i < size; i++) {
      begin[i] = random.nextFloat() - 0.5f;
      for (int rank = 0; rank < ranks; rank++) {
        learned[rank][0][i] = begin[i] + 0.01f * (random.nextFloat() - 0.5f);
      }
    }
    var after = steps(new LocalSteps(1, 1, 0), begin, learned);
    for (int i = 0; i < size; i++) {
      double mean = 0;
      for (int rank = 0; rank < ranks; rank++) {
        mean += learned[rank][0][i] / (double) ranks;
      }
      // Differences below 0.005 are rounded to 11 bits, weights below 0.51 to 24 bits twice.
      assertEquals(mean, after.getFirst().getFirst()[i], 0.005 / 2048 + 1e-7, "seed " + seed);
    }
    for (var rank : after) {
      assertArrayEquals(after.getFirst().getFirst(), rank.getFirst());
    }
  }

  /// Each exchange takes 2 seconds by this clock, and all else that asks who the ranks are, as the
  /// arithmetic between exchanges does, an hour.
  @Test
  void arithmeticIsNotWaiting() {
    var now = new AtomicLong();
    var one = Collective.alone();
    var group =
        (ProcessGroup)
            Proxy.newProxyInstance(
                ProcessGroup.class.getClassLoader(),
                new Class<?>[] {ProcessGroup.class},
                (_, method, arguments) -> {
                  boolean exchanges = method.getName().startsWith("all");
                  now.addAndGet(1_000_000_000L * (exchanges ? 2 : 3600));
                  return method.invoke(one, arguments);
                });
    var ranks = new Ranks(group, Sharding.NONE, Optional.of(LocalSteps.of(1)));
    var clock = new WaitingClock(now::get);
    try (var arena = TensorMemory.unlimited().open("test")) {
      var weights = new LinkedHashMap<String, Tensor>();
      weights.put("weights", arena.floats((1 << 20) + 31)); // two buckets, of two exchanges each
      var outer = new OuterStep(ranks, clock, weights, arena);
      outer.begin();
      clock.start();
      var waited = outer.take();
      assertEquals(List.of(8.0), waited.seconds());
      assertTrue(waited.of() > 3600, "the arithmetic took no time: " + waited);
    }
  }

  @Test
  void settings() {
    assertEquals(new LocalSteps(50, 0.7, 0.9), LocalSteps.of(50));
    assertEquals(
        "sync-every 0 is no number of steps: choose 1 or more, such as 50",
        assertThrows(TrainingException.class, () -> LocalSteps.of(0)).getMessage());
    assertEquals(
        "an outer rate of 0.0: choose one above 0, such as 0.7",
        assertThrows(TrainingException.class, () -> new LocalSteps(1, 0, 0)).getMessage());
    assertEquals(
        "an outer momentum of 1.0: choose one from 0 to below 1, such as 0.9",
        assertThrows(TrainingException.class, () -> new LocalSteps(1, 1, 1)).getMessage());
  }

  @Test
  void ranksMeetAfterSoManySteps() {
    var ranks =
        new Ranks(Ranks.alone().collective(), Sharding.NONE, Optional.of(LocalSteps.of(50)));
    assertEquals(true, ranks.meetAfter(100));
    assertEquals(false, ranks.meetAfter(99));
    assertEquals(true, Ranks.alone().meetAfter(99));
  }
}
