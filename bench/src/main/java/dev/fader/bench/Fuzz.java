package dev.fader.bench;

import com.sun.management.ThreadMXBean;
import dev.fader.format.FormatException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/// Reads altered files, as many as one has time for. Each must open or end in the one error that
/// its format has, within a second of processor time, and allocate no more than its size accounts
/// for. Anything else is printed with its seed, and the program ends with status 1.
///
/// Arguments: `gguf`, `safetensors`, `tokenizer` or `template`; the first seed; how many cases; and
/// directories or files of that format to alter besides the built-in one. Case i has seed `first +
/// i`: a failure is repeated with its seed and one case. `-Djava.io.tmpdir=/dev/shm` spares the
/// disk.
public final class Fuzz {
  private static final long MOST_NANOSECONDS = 1_000_000_000;
  private static final long HANGS_MILLISECONDS = 30_000;
  private static final int MOST_FAILURES = 10;
  private static final int LARGEST_SEED = 1 << 20;

  private final FuzzTarget target;
  private final List<byte[]> seeds;
  private final Optional<JsonMutation> json;
  private final Path file;
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final AtomicLong current = new AtomicLong();
  private final SortedMap<String, Long> outcomes = new TreeMap<>();
  private int failures;
  private double largestShare;
  private double longest;

  private Fuzz(FuzzTarget target, List<byte[]> seeds, Path file) {
    this.target = target;
    this.seeds = List.copyOf(seeds);
    this.json =
        target == FuzzTarget.TOKENIZER ? Optional.of(new JsonMutation(seeds)) : Optional.empty();
    this.file = file;
  }

  /// Runs and reports.
  public static void main(String[] arguments) throws Exception {
    var target = FuzzTarget.valueOf(arguments[0].toUpperCase(Locale.ROOT));
    long first = Long.parseLong(arguments[1]);
    long cases = Long.parseLong(arguments[2]);
    Path directory = Files.createTempDirectory("fader-fuzz");
    Path file = directory.resolve("case" + target.suffix());
    try {
      var seeds = new ArrayList<byte[]>();
      seeds.add(target.seed(directory));
      for (int i = 3; i < arguments.length; i++) {
        addSeeds(Path.of(arguments[i]), target.suffix(), seeds);
      }
      var fuzz = new Fuzz(target, seeds, file);
      fuzz.warmUp();
      fuzz.run(first, cases);
      if (fuzz.failures > 0) {
        System.exit(1);
      }
    } finally {
      Files.deleteIfExists(file);
      Files.delete(directory);
    }
  }

  private static void addSeeds(Path path, String suffix, List<byte[]> seeds) throws IOException {
    try (var files = Files.walk(path)) {
      for (Path each : files.filter(Files::isRegularFile).sorted().toList()) {
        if (each.toString().endsWith(suffix) && Files.size(each) <= LARGEST_SEED) {
          seeds.add(Files.readAllBytes(each));
        }
      }
    }
  }

  /// The files as they are, so that what classes take to load is not charged to a case.
  private void warmUp() throws IOException {
    for (byte[] seed : seeds) {
      Files.write(file, seed);
      String outcome = target.read(file);
      if (!outcome.equals(FuzzTarget.OPENED)) {
        System.out.println("a file is refused before it is altered: " + outcome);
      }
    }
  }

  private void run(long first, long cases) throws IOException {
    watch();
    long start = System.nanoTime();
    for (long seed = first; seed < first + cases && failures < MOST_FAILURES; seed++) {
      current.set(seed);
      outcomes.merge(outcome(seed), 1L, Long::sum);
    }
    System.out.printf(
        Locale.ROOT,
        "%s, seeds %d to %d, %d files altered, %.0f s:%n",
        target,
        first,
        first + cases - 1,
        seeds.size(),
        (System.nanoTime() - start) / 1e9);
    outcomes.forEach((what, count) -> System.out.printf(Locale.ROOT, "%,10d %s%n", count, what));
    System.out.printf(
        Locale.ROOT,
        "longest %.1f ms, most memory %.0f %% of what is allowed, %d failures%n",
        1e3 * longest,
        100 * largestShare,
        failures);
  }

  private String outcome(long seed) throws IOException {
    byte[] bytes = altered(new SplittableRandom(seed));
    Files.write(file, bytes);
    long allocated = threads.getCurrentThreadAllocatedBytes();
    long time = threads.getCurrentThreadCpuTime();
    String outcome;
    try {
      outcome = target.read(file);
    } catch (FormatException refused) {
      outcome = "FormatException";
    } catch (IOException | RuntimeException | StackOverflowError | OutOfMemoryError crash) {
      crash.printStackTrace(System.out);
      return failed(seed, crash.getClass().getSimpleName());
    }
    time = threads.getCurrentThreadCpuTime() - time;
    allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
    longest = Math.max(longest, time / 1e9);
    largestShare = Math.max(largestShare, (double) allocated / target.mostAllocated(bytes.length));
    if (time > MOST_NANOSECONDS) {
      return failed(seed, "takes too long: " + time / 1_000_000 + " ms, " + outcome);
    }
    if (allocated > target.mostAllocated(bytes.length)) {
      return failed(
          seed,
          "allocates %d bytes for a file of %d, %s".formatted(allocated, bytes.length, outcome));
    }
    return outcome;
  }

  private byte[] altered(SplittableRandom random) {
    return random.nextBoolean() && json.isPresent()
        ? json.get().of(random)
        : new Mutation(random, target.pieces()).of(seeds);
  }

  private String failed(long seed, String how) {
    failures++;
    System.out.printf(Locale.ROOT, "FAILED, seed %d: %s%n", seed, how);
    return "failures";
  }

  /// Ends the program when a case does not end.
  private void watch() {
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          long last = -1;
          while (last != current.get()) {
            last = current.get();
            try {
              Thread.sleep(HANGS_MILLISECONDS);
            } catch (InterruptedException ended) {
              return;
            }
          }
          System.out.printf(Locale.ROOT, "FAILED, seed %d: does not end%n", last);
          Runtime.getRuntime().halt(1);
        });
  }
}
