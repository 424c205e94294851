package dev.fader.collective;

import java.lang.foreign.MemorySegment;

/// Parts of segments, one a rank, one behind the other.
public final class Parts {
  private Parts() {}

  /// Checks the parts that a segment is said to have.
  ///
  /// @throws IllegalArgumentException if there is not one for each rank, or if they are longer than
  ///   the segment
  public static void require(long[] bytes, MemorySegment segment, Collective group) {
    if (bytes.length != group.size()) {
      throw new IllegalArgumentException(
          "%d parts for %d ranks: give one for each".formatted(bytes.length, group.size()));
    }
    long sum = 0;
    for (long part : bytes) {
      if (part < 0) {
        throw new IllegalArgumentException("a part of %d bytes".formatted(part));
      }
      sum = Math.addExact(sum, part);
    }
    if (sum > segment.byteSize()) {
      throw new IllegalArgumentException(
          "parts of %d bytes together in a segment of %d".formatted(sum, segment.byteSize()));
    }
  }

  /// Checks the number of a rank.
  ///
  /// @throws IllegalArgumentException if the group has no such rank
  public static void requireRank(int rank, Collective group) {
    if (rank < 0 || rank >= group.size()) {
      throw new IllegalArgumentException(
          "rank %d of a group of %d: give one from 0 to %d"
              .formatted(rank, group.size(), group.size() - 1));
    }
  }

  /// What is wrong where `rank` sends more or less than is expected of it.
  static String otherLength(int rank, long sent, long expected) {
    return "rank %d sends %d bytes where %d are expected".formatted(rank, sent, expected);
  }

  /// Checks what a rank sends to itself.
  ///
  /// @throws IllegalArgumentException if it is not as long as what is expected
  public static void requireSame(int rank, long sent, long expected) {
    if (sent != expected) {
      throw new IllegalArgumentException(otherLength(rank, sent, expected));
    }
  }

  /// Where the part of `rank` begins.
  public static long start(long[] bytes, int rank) {
    long start = 0;
    for (int r = 0; r < rank; r++) {
      start += bytes[r];
    }
    return start;
  }
}
