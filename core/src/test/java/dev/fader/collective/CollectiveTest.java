package dev.fader.collective;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CollectiveTest {
  private static final Duration NO_HANG = Duration.ofSeconds(20);

  /// What one rank does.
  private interface Work<T> {
    T with(Collective rank) throws Exception;
  }

  private static List<Collective> group(int size) {
    return size == 1 ? List.of(Collective.alone()) : Collective.ofThreads(size);
  }

  private static <T> List<Future<T>> all(List<Collective> ranks, Work<T> work) {
    return assertTimeoutPreemptively(
        NO_HANG,
        () -> {
          try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            var calls = new ArrayList<Callable<T>>();
            ranks.forEach(rank -> calls.add(() -> work.with(rank)));
            return threads.invokeAll(calls);
          }
        });
  }

  /// As many bytes as `from` sends to `to`: awkward, some of them none.
  private static long bytes(int from, int to) {
    return (7L * from + 13L * to) % 33;
  }

  private static byte value(int from, int to, long index) {
    return (byte) (31 * from + 100 * to + index);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void everyPartArrives(int size) throws Exception {
    var results =
        all(
            group(size),
            group -> {
              try (var arena = Arena.ofConfined()) {
                int rank = group.rank();
                var sent = new long[size];
                var received = new long[size];
                for (int other = 0; other < size; other++) {
                  sent[other] = bytes(rank, other);
                  received[other] = bytes(other, rank);
                }
                var out = Arena.ofAuto().allocate(1000);
                var in = arena.allocate(1000);
                for (int to = 0; to < size; to++) {
                  for (long i = 0; i < sent[to]; i++) {
                    out.set(ValueLayout.JAVA_BYTE, Parts.start(sent, to) + i, value(rank, to, i));
                  }
                }
                group.allToAll(out, sent, in, received);
                for (int from = 0; from < size; from++) {
                  for (long i = 0; i < received[from]; i++) {
                    byte found = in.get(ValueLayout.JAVA_BYTE, Parts.start(received, from) + i);
                    assertEquals(value(from, rank, i), found);
                  }
                }
                return received.length;
              }
            });
    for (var result : results) {
      assertEquals(size, result.get());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void partsAreGatheredInTheOrderOfTheRanks(int size) throws Exception {
    var lengths = new long[size];
    for (int rank = 0; rank < size; rank++) {
      lengths[rank] = rank == 1 ? 0 : 5L * rank + 1;
    }
    var results =
        all(
            group(size),
            group -> {
              var part = Arena.ofAuto().allocate(lengths[group.rank()]);
              part.fill((byte) (group.rank() + 1));
              var together = Arena.ofAuto().allocate(500);
              group.allGather(part, together, lengths);
              return together.toArray(ValueLayout.JAVA_BYTE);
            });
    for (var result : results) {
      int at = 0;
      for (int rank = 0; rank < size; rank++) {
        for (long i = 0; i < lengths[rank]; i++) {
          assertEquals(rank + 1, result.get()[at++]);
        }
      }
      assertEquals(0, result.get()[at]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void theRootsBytesAreEverybodys(int size) throws Exception {
    int root = size - 1;
    var results =
        all(
            group(size),
            group -> {
              var bytes = Arena.ofAuto().allocate(13);
              bytes.fill((byte) (group.rank() + 1));
              group.broadcast(bytes, root);
              group.barrier();
              return bytes.toArray(ValueLayout.JAVA_BYTE);
            });
    for (var result : results) {
      for (byte found : result.get()) {
        assertEquals(root + 1, found);
      }
    }
  }

  @Test
  void whoWaitsForARankThatFailedIsTold() {
    var results =
        all(
            group(3),
            group -> {
              if (group.rank() == 1) {
                group.abort("the disk is full");
                return null;
              }
              group.barrier();
              return null;
            });
    for (int rank : new int[] {0, 2}) {
      var failed = assertThrows(ExecutionException.class, results.get(rank)::get);
      assertEquals(CollectiveException.class, failed.getCause().getClass());
      assertEquals("rank 1: the disk is full", failed.getCause().getMessage());
    }
  }

  @Test
  void whoWaitsForARankThatLeftIsTold() {
    var results =
        all(
            group(2),
            group -> {
              group.barrier();
              if (group.rank() == 0) {
                group.close();
                return null;
              }
              group.barrier();
              return null;
            });
    var failed = assertThrows(ExecutionException.class, results.get(1)::get);
    assertEquals("rank 0 has left", failed.getCause().getMessage());
  }

  @Test
  void partsOfAnotherLengthThanExpectedAreRefusedEverywhere() {
    var results =
        all(
            group(2),
            group -> {
              var part = MemorySegment.ofArray(new byte[3]);
              group.allGather(part, Arena.ofAuto().allocate(10), new long[] {3, 4});
              return null;
            });
    for (var result : results) {
      String told = assertThrows(ExecutionException.class, result::get).getCause().getMessage();
      assertTrue(told.endsWith("rank 1 sends 3 bytes where 4 are expected"), told);
    }
  }

  @Test
  void partsMustFit() {
    var group = Collective.alone();
    var segment = MemorySegment.ofArray(new byte[7]);
    var message =
        assertThrows(
                IllegalArgumentException.class,
                () -> group.allGather(segment, segment, new long[] {8}))
            .getMessage();
    assertEquals("parts of 8 bytes together in a segment of 7", message);
    assertEquals(
        "2 parts for 1 ranks: give one for each",
        assertThrows(
                IllegalArgumentException.class,
                () -> group.allGather(segment, segment, new long[] {3, 4}))
            .getMessage());
    assertEquals(
        "rank 1 of a group of 1: give one from 0 to 0",
        assertThrows(IllegalArgumentException.class, () -> group.broadcast(segment, 1))
            .getMessage());
    assertEquals(
        "a group of 0 ranks: give at least 1",
        assertThrows(IllegalArgumentException.class, () -> Collective.ofThreads(0)).getMessage());
  }
}
