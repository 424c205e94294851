package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.inspect.network.GroupStep;
import dev.fader.inspect.network.Network;
import dev.fader.inspect.network.RankGroup;
import dev.fader.inspect.network.RankWork;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExchangeTest {
  private static final int RANKS = 3;
  private static final int[] LENGTHS = {1, 33, 7, 100, 13};

  /// Each entry is cut in three, of which one may be empty.
  private static List<Stretch> stretches() {
    var stretches = new ArrayList<Stretch>();
    var places = new long[RANKS];
    for (int entry = 0; entry < LENGTHS.length; entry++) {
      for (int part = 0; part < RANKS; part++) {
        long from = (long) LENGTHS[entry] * part / RANKS;
        long count = (long) LENGTHS[entry] * (part + 1) / RANKS - from;
        int owner = (part + entry) % RANKS;
        if (count > 0) {
          stretches.add(new Stretch(entry, from, count, owner, places[owner]));
          places[owner] += count;
        }
      }
    }
    return stretches;
  }

  /// Buckets of a number or two a rank, and one for all.
  @ParameterizedTest
  @ValueSource(longs = {1, 7, 1000})
  void sumsAreThoseOfTheRanksInTheirOrder(long most) throws Exception {
    var buckets = Exchange.buckets(stretches(), RANKS, most);
    for (var bucket : buckets) {
      for (long bytes : bucket.bytes()) {
        assertTrue(bytes <= Float.BYTES * Math.max(1, most / RANKS), "a bucket of " + bytes);
      }
    }
    int givers = 2;
    RankThreads.all(
        RANKS,
        Sharding.NONE,
        ranks -> {
          int rank = ranks.collective().rank();
          var memory = TensorMemory.unlimited();
          try (var workers = Workers.of(1);
              var arena = memory.open("test");
              var exchange =
                  new Exchange(
                      ranks.collective(),
                      Kernels.scalar(workers).updates(),
                      Exchange.Room.of(buckets, RANKS, 0),
                      arena)) {
            var numbers = new ArrayList<Tensor>();
            for (int entry = 0; entry < LENGTHS.length; entry++) {
              var tensor = arena.floats(LENGTHS[entry]);
              for (int i = 0; i < LENGTHS[entry]; i++) {
                tensor.set(i, number(rank, entry, i));
              }
              numbers.add(tensor);
            }
            Exchange.Numbers here = stretch -> stretch.of(numbers.get(stretch.entry()));
            for (var bucket : buckets) {
              exchange.sum(bucket, givers, here, new Exchange.Sums(Optional.empty(), here));
              exchange.sum(bucket, 1, here, new Exchange.Sums(Optional.of(here), here));
              exchange.gather(bucket, here);
            }
            for (int entry = 0; entry < LENGTHS.length; entry++) {
              for (int i = 0; i < LENGTHS[entry]; i++) {
                assertEquals(sum(entry, i), numbers.get(entry).get(i), entry + ", " + i);
              }
            }
            return rank;
          }
        });
  }

  /// Of the first two ranks, and what the first has afterwards: its own, unless it owns the sum.
  private static float sum(int entry, int index) {
    float two = number(0, entry, index) + number(1, entry, index);
    for (var stretch : stretches()) {
      boolean here =
          stretch.entry() == entry
              && index >= stretch.from()
              && index < stretch.from() + stretch.count();
      if (here) {
        return two + (stretch.owner() == 0 ? two : number(0, entry, index));
      }
    }
    throw new AssertionError("nobody owns %d of entry %d".formatted(index, entry));
  }

  private static float number(int rank, int entry, int index) {
    return 0.1f * rank + entry - 0.3f * index;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 7, 1000})
  void everyNumberIsInOneBucket(long most) {
    var seen = new int[LENGTHS.length][];
    for (int entry = 0; entry < LENGTHS.length; entry++) {
      seen[entry] = new int[LENGTHS[entry]];
    }
    for (var bucket : Exchange.buckets(stretches(), RANKS, most)) {
      for (var stretch : bucket.stretches()) {
        for (long i = stretch.from(); i < stretch.from() + stretch.count(); i++) {
          seen[stretch.entry()][(int) i]++;
        }
      }
    }
    for (int[] entry : seen) {
      for (int times : entry) {
        assertEquals(1, times);
      }
    }
  }

  /// What plans reckon with lies on a lower floor, which does not know of exchanges: one number
  /// more than a bucket has takes the latency of another.
  @Test
  void plansReckonWithBucketsOfTheSameSize() {
    assertEquals(2, latencies(Exchange.BUCKET));
    assertEquals(4, latencies(Exchange.BUCKET + 1));
  }

  /// Of an exchange of so many gradients and one of their sums.
  private static double latencies(long numbers) {
    var work = new RankWork(1, 1, numbers, 1, Float.BYTES, Float.BYTES, 1);
    var network = new Network(1e30, 1);
    return GroupStep.of(work, new RankGroup(2, 1, 0, 1), network).exchange();
  }
}
