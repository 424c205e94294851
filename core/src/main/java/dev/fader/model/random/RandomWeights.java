package dev.fader.model.random;

import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/// Fills tensors of any stored type with random numbers, about as fast as memory is written.
///
/// Every number is a function of the seed and its place, whatever the number of threads. They are
/// for measuring: runs of the same 65,536 numbers come again and again.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class RandomWeights {
  private static final int RUNS_PER_CHUNK = 1 << 12;

  private final Workers workers;
  private final long seed;
  private final Map<Kind, RandomBlocks> stocks = new HashMap<>();
  private long tensors;

  private record Kind(DType type, double deviation) {}

  /// Random numbers written by `workers`.
  public RandomWeights(Workers workers, long seed) {
    this.workers = workers;
    this.seed = seed;
  }

  /// Sets all elements to normal numbers of the standard deviation `deviation`, as far as the type
  /// can hold them. Two tensors filled one after the other differ.
  public void fill(Tensor tensor, double deviation) {
    var blocks =
        stocks.computeIfAbsent(
            new Kind(tensor.type(), deviation),
            kind -> new RandomBlocks(kind.type, kind.deviation, seed));
    long key = mix(seed + ++tensors);
    int run = blocks.run();
    long runs = Math.ceilDiv(tensor.elements(), run);
    workers.forEach(
        Math.toIntExact(Math.ceilDiv(runs, RUNS_PER_CHUNK)),
        (chunk, worker) -> {
          long end = Math.min(runs, (chunk + 1L) * RUNS_PER_CHUNK);
          for (long i = (long) chunk * RUNS_PER_CHUNK; i < end; i++) {
            blocks.copy(tensor, i * run, mix(key + i * 0x9e3779b97f4a7c15L));
          }
        });
  }

  /// The finalizer of SplitMix64 (Steele et al. 2014).
  private static long mix(long value) {
    long z = value;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
