package dev.fader.kernel.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void forEachRunsEveryChunkOnce(int threads) {
    try (var workers = Workers.of(threads)) {
      for (int chunks : new int[] {0, 1, 2, 3, 7, 31, 100, 1000}) {
        var runs = new AtomicIntegerArray(chunks);
        var strangers = new AtomicInteger();
        workers.forEach(
            chunks,
            (chunk, worker) -> {
              runs.incrementAndGet(chunk);
              if (worker < 0 || worker >= threads) {
                strangers.incrementAndGet();
              }
            });
        for (int chunk = 0; chunk < chunks; chunk++) {
          assertEquals(1, runs.get(chunk), "chunk " + chunk + " of " + chunks);
        }
        assertEquals(0, strangers.get());
      }
    }
  }

  @Test
  void manyShortCallsLoseNoChunk() {
    try (var workers = Workers.of(3)) {
      var runs = new AtomicInteger();
      for (int i = 0; i < 20_000; i++) {
        workers.forEach(1 + i % 5, (chunk, worker) -> runs.incrementAndGet());
      }
      assertEquals(60_000, runs.get());
    }
  }

  @Test
  void parkedThreadsWakeUp() throws InterruptedException {
    try (var workers = Workers.of(2)) {
      for (int i = 0; i < 5; i++) {
        Thread.sleep(5); // the team parks after a fraction of a millisecond
        var runs = new AtomicInteger();
        workers.forEach(10, (chunk, worker) -> runs.incrementAndGet());
        assertEquals(10, runs.get());
      }
    }
  }

  @Test
  void interruptedCallerParksAndStaysInterrupted() {
    try (var workers = Workers.of(2)) {
      var begun = new CountDownLatch(1);
      var clock = ManagementFactory.getThreadMXBean();
      var before = new AtomicLong();
      workers.forEach(
          2,
          (chunk, worker) -> {
            if (worker == 0) {
              await(begun);
              Thread.currentThread().interrupt();
              before.set(clock.getCurrentThreadCpuTime());
            } else {
              begun.countDown();
              LockSupport.parkNanos(300_000_000);
            }
          });
      long spent = clock.getCurrentThreadCpuTime() - before.get();
      assertTrue(Thread.interrupted(), "the caller should still be interrupted");
      // It spins for 50 microseconds before it parks; spinning to the end takes 300 milliseconds.
      assertTrue(spent < 100_000_000, () -> "waited with " + spent / 1000 + " us of computing");
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException early) {
      throw new IllegalStateException(early);
    }
  }

  @Test
  void chunksOfOneWorkerDoNotOverlap() {
    try (var workers = Workers.of(3)) {
      var inside = new AtomicIntegerArray(3);
      var clashes = new AtomicInteger();
      workers.forEach(
          500,
          (chunk, worker) -> {
            if (inside.incrementAndGet(worker) != 1) {
              clashes.incrementAndGet();
            }
            Thread.onSpinWait();
            inside.decrementAndGet(worker);
          });
      assertEquals(0, clashes.get());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void exceptionOfChunkReachesCallerAndWorkersGoOn(int threads) {
    try (var workers = Workers.of(threads)) {
      var thrown = new IllegalArgumentException("chunk 7");
      for (int i = 0; i < 3; i++) {
        var caught =
            assertThrows(
                IllegalArgumentException.class,
                () ->
                    workers.forEach(
                        10,
                        (chunk, worker) -> {
                          if (chunk == 7) {
                            throw thrown;
                          }
                        }));
        assertSame(thrown, caught);
        var runs = new AtomicInteger();
        workers.forEach(10, (chunk, worker) -> runs.incrementAndGet());
        assertEquals(10, runs.get());
      }
      assertThrows(
          StackOverflowError.class,
          () ->
              workers.forEach(
                  4,
                  (chunk, worker) -> {
                    throw new StackOverflowError();
                  }));
    }
  }

  @Test
  void nestedCallRunsOnSameWorker() {
    try (var workers = Workers.of(3)) {
      var runs = new AtomicInteger();
      var strays = new AtomicInteger();
      workers.forEach(
          20,
          (outer, worker) ->
              workers.forEach(
                  5,
                  (inner, sameWorker) -> {
                    runs.incrementAndGet();
                    if (sameWorker != worker) {
                      strays.incrementAndGet();
                    }
                  }));
      assertEquals(100, runs.get());
      assertEquals(0, strays.get());
    }
  }

  @Test
  void concurrentCallersAreServed() throws InterruptedException {
    try (var workers = Workers.of(2)) {
      var runs = new AtomicInteger();
      var callers = new ArrayList<Thread>();
      for (int i = 0; i < 4; i++) {
        callers.add(
            Thread.ofPlatform()
                .start(() -> {
                  for (int call = 0; call < 500; call++) {
                    workers.forEach(7, (chunk, worker) -> runs.incrementAndGet());
                  }
                }));
      }
      for (var caller : callers) {
        caller.join();
      }
      assertEquals(4 * 500 * 7, runs.get());
    }
  }

  @Test
  void interruptedCallerGetsResultAndStaysInterrupted() {
    try (var workers = Workers.of(2)) {
      Thread.currentThread().interrupt();
      var runs = new AtomicInteger();
      workers.forEach(50, (chunk, worker) -> runs.incrementAndGet());
      assertTrue(Thread.interrupted());
      assertEquals(50, runs.get());
    }
  }

  @Test
  void closedWorkersHaveNoThreadsAndThrow() {
    var workers = Workers.of(3);
    var threads = new Thread[3];
    var started = new AtomicInteger();
    workers.forEach(
        3,
        (chunk, worker) -> {
          threads[worker] = Thread.currentThread();
          started.incrementAndGet();
          while (started.get() < 3) {
            Thread.onSpinWait();
          }
        });
    workers.close();
    workers.close();
    for (int worker = 1; worker < 3; worker++) {
      assertFalse(threads[worker].isAlive());
    }
    var thrown =
        assertThrows(IllegalStateException.class, () -> workers.forEach(2, (chunk, worker) -> {}));
    assertEquals("these workers are closed", thrown.getMessage());
  }

  @Test
  void zeroThreadsThrow() {
    var thrown = assertThrows(IllegalArgumentException.class, () -> Workers.of(0));
    assertEquals("workers need at least 1 thread, not 0", thrown.getMessage());
  }

  @Test
  void forEachAllocatesNothing() {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var runs = new AtomicInteger();
    Workers.Task task = (chunk, worker) -> runs.incrementAndGet();
    try (var workers = Workers.of(2)) {
      for (int i = 0; i < 1000; i++) {
        workers.forEach(4, task);
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1000; i++) {
        workers.forEach(4, task);
      }
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      // A node of the lock's queue now and then is allowed for; an object per call is not.
      assertTrue(bytes < 8_000, () -> bytes + " bytes in 1000 calls");
    }
  }
}
