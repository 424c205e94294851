package dev.fader.mpi;

import dev.fader.collective.CollectiveException;
import dev.fader.collective.Parts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/// What the processes of [MpiGroupTest] run. Rank 0 alone writes to the standard output.
final class RankProgram {
  /// So that larger parts than MPI's numbers reach need no memory of that size.
  private static final int MOST_BYTES = 1000;

  private static final int KILLED = 137;

  private static final Patience LITTLE =
      new Patience(Duration.ofMillis(2500), Duration.ofMillis(1000));

  private final MpiGroup group;

  private RankProgram(MpiGroup group) {
    this.group = group;
  }

  public static void main(String[] arguments) throws Exception {
    var launch = Launch.found().orElseGet(() -> new Launch(Launcher.valueOf(arguments[1]), 0, 1));
    MpiGroup opened;
    try {
      opened =
          MpiGroup.open(
              launch,
              arguments[0].equals("missed") ? LITTLE : Patience.USUAL,
              arguments[0].equals("operations") ? MOST_BYTES : Integer.MAX_VALUE);
    } catch (CollectiveException refused) {
      if (launch.rank() == 0) {
        System.out.println(refused.getMessage());
      }
      System.exit(1);
      return;
    }
    try (var group = opened) {
      var program = new RankProgram(group);
      switch (arguments[0]) {
        case "operations" -> program.operations();
        case "missed" -> program.missed();
        case "aborts" -> program.aborts();
        case "leaks" -> program.leaks(Integer.parseInt(arguments[2]));
        case "speed" -> program.speed(Integer.parseInt(arguments[2]));
        case "ends" -> program.ends(Integer.parseInt(arguments[2]));
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
  }

  private void say(String format, Object... values) {
    if (group.rank() == 0) {
      System.out.printf(format + "%n", values);
    }
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException(what);
    }
  }

  /// Everything that goes well.
  private void operations() {
    for (long bytes : new long[] {0, 1, 7, 13, 31, 33, 100, 999, 1000, 1001, 5003}) {
      everyPartArrives(bytes);
      allGetAll(bytes);
      rootIsHeard(bytes);
      group.barrier();
    }
    try (var arena = Arena.ofConfined()) {
      var heap = MemorySegment.ofArray(new byte[1]);
      boolean refused = false;
      try {
        group.broadcast(heap, 0);
      } catch (IllegalArgumentException expected) {
        refused = true;
      }
      require(refused, "memory of the heap is not refused");
      group.broadcast(arena.allocate(1), 0);
    }
    survivesNullPointers();
    survivesDeepStacks();
    leaks(100);
    require(group.hosts().size() == group.size(), "hosts");
    require(group.ranksHere() == group.size(), "not on one machine: " + group.hosts());
    require(group.host().equals(group.hosts().get(group.rank())), "host");
    say("%s: %d ranks, all well", group.engine(), group.size());
  }

  /// Of what `from` sends `to`: different for each pair, sometimes none.
  private static long length(long bytes, int from, int to) {
    return (from + 2 * to) % 3 == 2 ? 0 : bytes + from;
  }

  private static byte value(int from, int to, long index) {
    return (byte) (31 * from + 100 * to + index);
  }

  private void everyPartArrives(long bytes) {
    int size = group.size();
    int rank = group.rank();
    try (var arena = Arena.ofConfined()) {
      var sent = new long[size];
      var received = new long[size];
      for (int other = 0; other < size; other++) {
        sent[other] = length(bytes, rank, other);
        received[other] = length(bytes, other, rank);
      }
      var out = arena.allocate(Parts.start(sent, size));
      var in = arena.allocate(Parts.start(received, size));
      for (int to = 0; to < size; to++) {
        fill(out.asSlice(Parts.start(sent, to), sent[to]), rank, to);
      }
      group.allToAll(out, sent, in, received);
      for (int from = 0; from < size; from++) {
        check(in.asSlice(Parts.start(received, from), received[from]), from, rank);
      }
    }
  }

  private static void fill(MemorySegment part, int from, int to) {
    for (long i = 0; i < part.byteSize(); i++) {
      part.set(ValueLayout.JAVA_BYTE, i, value(from, to, i));
    }
  }

  private static void check(MemorySegment part, int from, int to) {
    for (long i = 0; i < part.byteSize(); i++) {
      byte found = part.get(ValueLayout.JAVA_BYTE, i);
      require(
          found == value(from, to, i),
          "byte %d of %d from %d to %d is %d".formatted(i, part.byteSize(), from, to, found));
    }
  }

  private void allGetAll(long bytes) {
    int size = group.size();
    try (var arena = Arena.ofConfined()) {
      var lengths = new long[size];
      for (int r = 0; r < size; r++) {
        lengths[r] = length(bytes, r, 0);
      }
      var part = arena.allocate(lengths[group.rank()]);
      fill(part, group.rank(), 0);
      var all = arena.allocate(Parts.start(lengths, size));
      group.allGather(part, all, lengths);
      for (int from = 0; from < size; from++) {
        check(all.asSlice(Parts.start(lengths, from), lengths[from]), from, 0);
      }
    }
  }

  private void rootIsHeard(long bytes) {
    for (int root = 0; root < group.size(); root++) {
      try (var arena = Arena.ofConfined()) {
        var text = arena.allocate(bytes);
        if (group.rank() == root) {
          fill(text, root, 3);
        }
        group.broadcast(text, root);
        check(text, root, 3);
      }
    }
  }

  private static int lengthOf(String[] holder, int index) {
    return holder[index].length();
  }

  /// The virtual machine makes them of a signal once the method is compiled.
  private static void survivesNullPointers() {
    String[] holder = {"text", null};
    int caught = 0;
    for (int i = 0; i < 30_000; i++) {
      lengthOf(holder, 0);
    }
    for (int i = 0; i < 30_000; i++) {
      try {
        lengthOf(holder, 1);
      } catch (NullPointerException expected) {
        caught++;
      }
    }
    require(caught == 30_000, "null pointers: " + caught);
  }

  private static int depth(int of) {
    return of < 0 ? 0 : 1 + depth(of + 1);
  }

  private static void survivesDeepStacks() {
    for (int i = 0; i < 3; i++) {
      boolean caught = false;
      try {
        depth(0);
      } catch (StackOverflowError expected) {
        caught = true;
      }
      require(caught, "no deep stack");
    }
  }

  /// Memory of the process after many operations is what it was after few.
  private void leaks(int operations) {
    rounds(operations / 10);
    long before = residentKibibytes();
    rounds(operations);
    long after = residentKibibytes();
    say("%d operations: %d KiB more in memory", 3 * operations, after - before);
    require(after - before < 40_000, "%d KiB more".formatted(after - before));
  }

  private void rounds(int operations) {
    int size = group.size();
    long part = 3001;
    var lengths = new long[size];
    Arrays.fill(lengths, part);
    try (var arena = Arena.ofConfined()) {
      var out = arena.allocate(part * size);
      var in = arena.allocate(part * size);
      for (int i = 0; i < operations; i++) {
        group.allToAll(out, lengths, in, lengths);
        group.allGather(out.asSlice(0, part), in, lengths);
        group.barrier();
      }
    }
  }

  private static long residentKibibytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    throw new IllegalStateException("no VmRSS");
  }

  /// Medians, for docs/performance.md.
  private void speed(int mebibytes) {
    int size = group.size();
    long part = ((long) mebibytes << 20) / size;
    var lengths = new long[size];
    Arrays.fill(lengths, part);
    try (var arena = Arena.ofConfined()) {
      var out = arena.allocate(part * size, 64);
      var in = arena.allocate(part * size, 64);
      out.fill((byte) 1);
      in.fill((byte) 1);
      say(
          "allToAll of %d MiB: %.3f ms",
          mebibytes, median(() -> group.allToAll(out, lengths, in, lengths)));
      say(
          "allGather of %d MiB: %.3f ms",
          mebibytes, median(() -> group.allGather(out.asSlice(0, part), in, lengths)));
      say("barrier: %.3f ms", median(group::barrier));
    }
  }

  private double median(Runnable operation) {
    var times = new long[31];
    for (int i = 0; i < times.length; i++) {
      group.barrier();
      long begin = System.nanoTime();
      operation.run();
      times[i] = System.nanoTime() - begin;
    }
    Arrays.sort(times);
    return times[times.length / 2] / 1e6;
  }

  /// The last rank does not come; the others are not to wait for ever.
  private void missed() {
    if (group.rank() < group.size() - 1) {
      group.barrier();
    }
    LockSupport.parkNanos(Duration.ofSeconds(30).toNanos());
  }

  private void aborts() {
    if (group.rank() == group.size() - 1) {
      group.abort("the disk is full");
    }
    group.barrier();
  }

  /// The last rank ends without a word.
  private void ends(int code) {
    if (group.rank() == group.size() - 1) {
      if (code == KILLED) {
        kill();
      }
      System.exit(code);
    }
    group.barrier();
  }

  /// As a system does that is out of memory.
  private static void kill() {
    try {
      new ProcessBuilder("kill", "-9", String.valueOf(ProcessHandle.current().pid())).start();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    LockSupport.parkNanos(Duration.ofSeconds(30).toNanos());
  }
}
