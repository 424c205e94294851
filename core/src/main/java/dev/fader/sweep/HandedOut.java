package dev.fader.sweep;

import dev.fader.collective.Collective;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Which rank does which of some runs. Whoever is free gets the next, the longest of them first;
/// since each tells all others what it has done, all keep the same book, and none is asked.
final class HandedOut {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final int NUMBERS = 3;
  private static final int NOTHING = -1;

  private final Collective group;
  private final int[] order; // of the runs
  private final int[] busy; // the run that each rank does, by rank
  private int next; // in the order
  private boolean stopped;

  /// What a rank has to tell.
  ///
  /// @param stop whether no more runs shall begin
  /// @param ended the content of the file of the run that it was given last, if that has ended;
  ///   empty if it was stopped
  /// @param before whether that was done by an earlier sweep
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record News(boolean stop, Optional<byte[]> ended, boolean before) {
    static final News NONE = new News(false, Optional.empty(), false);
  }

  /// A run that has ended.
  ///
  /// @param run its number
  /// @param result the content of its file; empty if it was stopped
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Ended(int rank, int run, byte[] result, boolean before) {}

  /// @param seconds that each run will take, the same on all ranks
  HandedOut(Collective group, List<Double> seconds) {
    this.group = group;
    this.order = new int[seconds.size()];
    this.busy = new int[group.size()];
    Arrays.fill(busy, NOTHING);
    var longest = new ArrayList<Integer>();
    for (int run = 0; run < order.length; run++) {
      longest.add(run);
    }
    longest.sort((one, other) -> Double.compare(seconds.get(other), seconds.get(one)));
    Arrays.setAll(order, longest::get);
  }

  /// The run that this rank is to do now, if there is one.
  Optional<Integer> mine() {
    int run = busy[group.rank()];
    return run == NOTHING ? Optional.empty() : Optional.of(run);
  }

  /// Whether no rank does anything, and none will.
  boolean isOver() {
    return Arrays.stream(busy).allMatch(run -> run == NOTHING) && (stopped || next == order.length);
  }

  /// Whether a rank has said that no more runs shall begin.
  boolean isStopped() {
    return stopped;
  }

  /// Tells the others, at the same time on all, and gives runs to those that are free.
  ///
  /// @return what has ended on any of the ranks
  List<Ended> tell(News own) {
    var ended = new ArrayList<Ended>();
    try (var arena = Arena.ofShared()) { // ranks may be threads, which read it
      var numbers = gatherNumbers(own, arena);
      var bytes = new long[group.size()];
      for (int rank = 0; rank < bytes.length; rank++) {
        stopped |= number(numbers, rank, 0) != 0;
        bytes[rank] = Math.max(0, number(numbers, rank, 1));
      }
      var results = gatherResults(own, bytes, arena);
      long at = 0;
      for (int rank = 0; rank < bytes.length; rank++) {
        if (number(numbers, rank, 1) != NOTHING) {
          var result = results.asSlice(at, bytes[rank]).toArray(ValueLayout.JAVA_BYTE);
          ended.add(new Ended(rank, busy[rank], result, number(numbers, rank, 2) != 0));
          busy[rank] = NOTHING;
        }
        at += bytes[rank];
      }
    }
    for (int rank = 0; rank < busy.length; rank++) {
      if (busy[rank] == NOTHING && !stopped && next < order.length) {
        busy[rank] = order[next++];
      }
    }
    return ended;
  }

  private MemorySegment gatherNumbers(News own, Arena arena) {
    var part = arena.allocate(LONG, NUMBERS);
    part.setAtIndex(LONG, 0, own.stop ? 1 : 0);
    part.setAtIndex(LONG, 1, own.ended.map(result -> (long) result.length).orElse((long) NOTHING));
    part.setAtIndex(LONG, 2, own.before ? 1 : 0);
    var all = arena.allocate(LONG, (long) NUMBERS * group.size());
    var bytes = new long[group.size()];
    Arrays.fill(bytes, part.byteSize());
    group.allGather(part, all, bytes);
    return all;
  }

  private static long number(MemorySegment numbers, int rank, int index) {
    return numbers.getAtIndex(LONG, (long) rank * NUMBERS + index);
  }

  private MemorySegment gatherResults(News own, long[] bytes, Arena arena) {
    var all = arena.allocate(Arrays.stream(bytes).sum());
    if (all.byteSize() > 0) {
      byte[] result = own.ended.orElse(new byte[0]);
      var part = arena.allocate(result.length).copyFrom(MemorySegment.ofArray(result));
      group.allGather(part, all, bytes);
    }
    return all;
  }
}
