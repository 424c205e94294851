package dev.fader.kernel.interleaved;

import java.lang.foreign.MemorySegment;

/// A piece of the depth of two strips, and of the rows that are multiplied with it: what the loops
/// work on. Mutable, since one is filled for each piece.
final class StripPiece {
  /// Elements of a piece at most: whole blocks of every format, with scales that stay in the
  /// first-level cache.
  static final int ELEMENTS = 2048;

  /// The part of them of which the sums of groups of four rows of eight bits stay there as well.
  static final int SUMMED_ELEMENTS = 512;

  /// The smallest groups have sixteen elements.
  private static final int MOST_GROUPS = ELEMENTS / 16;

  static final int STRIPS = 2;

  MemorySegment from = MemorySegment.NULL;
  int firstGroup; // of those that are multiplied with rows of eight bits
  int groups;
  int offset; // of levels
  int[] table = {}; // that levels choose from, as bits of floats

  // By strip.
  final long[] levels = new long[STRIPS]; // bytes at which they begin
  final InterleavedScales[] scales = {
    new InterleavedScales(MOST_GROUPS), new InterleavedScales(MOST_GROUPS)
  };

  // Of rows, one after the other.
  float[] x = {};
  int xAt;
  int depth;
  float[] groupSums = {};
  int groupSumsAt;
  int groupsOfRow;

  // Of rows of eight bits, in the place of x.
  boolean isInEightBits;
  float[] pairs = {};
  int pairsAt; // of the first row
  int pairsFrom; // of the first element, among those of a row
  int pairsOfRow;
  float[] starts = {}; // by group, as groupSums
  float[] inputScales = {}; // by group

  /// Sums of groups, one group after the other: of one row or of each of four, sixteen lines of two
  /// halves of each strip.
  final short[] partial =
      new short[SUMMED_ELEMENTS / 16 * 4 * STRIPS * 2 * InterleavedLayout.LINES];

  /// What was summed up so far: sixteen lines of each strip, for one row after the other.
  final float[] sums;

  StripPiece(int mostRows) {
    sums = new float[mostRows * STRIPS * InterleavedLayout.LINES];
  }

  /// The sums of a row and a strip begin here.
  static int sumsAt(int row, int strip) {
    return (row * STRIPS + strip) * InterleavedLayout.LINES;
  }
}
