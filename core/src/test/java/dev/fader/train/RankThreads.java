package dev.fader.train;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.fader.collective.Collective;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Ranks that are threads of this process, none of which may wait for ever.
public final class RankThreads {
  private static final Duration NO_HANG = Duration.ofSeconds(60);

  private RankThreads() {}

  /// What one rank does.
  public interface Work<T> {
    T with(Ranks ranks) throws Exception;
  }

  /// What each rank returned or threw, in their order.
  public static <T> List<Future<T>> futures(int size, Sharding sharding, Work<T> work) {
    var group = size == 1 ? List.of(Collective.alone()) : Collective.ofThreads(size);
    return assertTimeoutPreemptively(
        NO_HANG,
        () -> {
          try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            var calls = new ArrayList<Callable<T>>();
            group.forEach(rank ->
                calls.add(() -> {
                  var ranks = new Ranks(rank, sharding);
                  try {
                    return work.with(ranks);
                  } catch (Throwable failed) {
                    ranks.fail(failed);
                    throw failed;
                  }
                }));
            return threads.invokeAll(calls);
          }
        });
  }

  /// What each rank returned, in their order.
  public static <T> List<T> all(int size, Sharding sharding, Work<T> work) throws Exception {
    var results = new ArrayList<T>();
    for (var future : futures(size, sharding, work)) {
      try {
        results.add(future.get());
      } catch (ExecutionException failed) {
        throw new AssertionError("a rank failed: " + failed.getCause(), failed.getCause());
      }
    }
    return results;
  }
}
