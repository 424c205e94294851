package dev.fader.kernel.interleaved;

import static dev.fader.kernel.vector.Lanes.FLOATS;

import dev.fader.kernel.matrix.Matrix;
import java.util.Arrays;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;

/// Two strips of an interleaved right operand times a few rows: what one worker does at a time.
///
/// A lane is a line. The products of a group are added up by two chains of fused multiply-adds, one
/// of its even elements and one of its odd ones, the first of which begins with what the offset of
/// the levels takes away; their sum times the scale is added to the line's sum. After
/// [StripPiece#ELEMENTS] elements comes what the minima of their groups add. So an element's bits
/// depend neither on the rows beside it nor on the width of vectors.
///
/// Rows of eight bits ([EightBitRows]) are multiplied with levels less their offset in whole
/// numbers, which are exact. The sum of a group as a float, times the scale of the row there, times
/// that of the weights, is added to the line's sum; the minima follow as above.
public final class InterleavedProduct {
  /// Lines of a strip.
  public static final int LINES = InterleavedLayout.LINES;

  /// Strips that are multiplied at a time.
  public static final int STRIPS = StripPiece.STRIPS;

  private static final int LANES = FLOATS.length();

  private final StripPiece piece;

  // Of the operands.
  private InterleavedInput input = new InterleavedInput();
  private InterleavedLayout layout = InterleavedLayout.Q4_0;
  private int blocks; // of a line
  private long scaleBytes; // of a block in a strip
  private long levelBytes; // of a block in a strip
  private long stripBytes;
  private long start;

  /// @param mostRows that are multiplied at a time
  public InterleavedProduct(int mostRows) {
    piece = new StripPiece(mostRows);
  }

  /// Whether the columns of b are whole lines of a tensor that is kept interleaved, and whole
  /// strips of them.
  public static boolean canRead(Matrix b) {
    var tensor = b.tensor();
    if (!tensor.isInterleaved() || b.rowStride() != 1 || b.columnStride() != b.rows()) {
      return false;
    }
    int depth = b.rows();
    var shape = tensor.shape();
    long last = b.offset() + (long) depth * b.columns();
    return shape.dimension(shape.rank() - 1) == depth
        && b.offset() % ((long) depth * LINES) == 0
        && (last % ((long) depth * LINES) == 0 || last == tensor.elements());
  }

  static InterleavedLayout layout(Matrix b) {
    Optional<InterleavedLayout> layout = InterleavedLayout.of(b.tensor().type());
    return layout.orElseThrow();
  }

  /// Takes b, which it [#canRead], as the operand whose strips are multiplied next.
  ///
  /// @param input the rows they are multiplied with, prepared for b
  public void take(Matrix b, InterleavedInput input) {
    this.input = input;
    layout = layout(b);
    int depth = b.rows();
    blocks = depth / layout.format().elements();
    scaleBytes = layout.scaleBytes();
    levelBytes = (long) layout.groups() * layout.levelBytes();
    stripBytes = layout.stripBytes(depth);
    start = b.offset() / ((long) depth * LINES) * stripBytes;
    piece.from = b.tensor().interleaved();
    piece.offset = layout.offset();
    piece.table = UnevenStrips.table(layout);
    piece.isInEightBits = input.isInEightBits(b);
  }

  /// Multiplies the strips `first` and `second` of the operand with `rows` rows of the input from
  /// `row` on.
  public void multiply(int first, int second, int row, int rows) {
    Arrays.fill(piece.sums, 0, rows * STRIPS * LINES, 0);
    int elements = layout.format().elements();
    int most = StripPiece.ELEMENTS / elements;
    for (int block = 0; block < blocks; block += most) {
      int count = Math.min(most, blocks - block);
      piece.groups = count * layout.groups();
      place(0, start + first * stripBytes, block, count);
      place(1, start + second * stripBytes, block, count);
      input.read(piece, layout, row, block * elements);
      if (piece.isInEightBits) {
        multiplyIntegers(rows);
      } else {
        multiply(rows);
      }
      if (layout.hasMinima()) {
        addMinima(rows);
      }
    }
  }

  private void place(int strip, long at, int block, int count) {
    piece.scales[strip].read(layout, piece.from, at + block * scaleBytes, count);
    piece.levels[strip] = at + blocks * scaleBytes + block * levelBytes;
  }

  private void multiply(int rows) {
    for (int lane = 0; lane < LINES; lane += LANES) {
      int row = 0;
      for (; row + 4 <= rows; row += 4) {
        four(row, 0, lane);
        four(row, 1, lane);
      }
      if (row + 2 <= rows) {
        two(row, 0, lane);
        two(row, 1, lane);
        row += 2;
      }
      if (row < rows) {
        one(row, lane);
      }
    }
  }

  /// In parts whose sums of groups stay in the first-level cache.
  private void multiplyIntegers(int rows) {
    int groups = piece.groups;
    int most = rows < 4 ? groups : StripPiece.SUMMED_ELEMENTS / layout.group();
    for (int group = 0; group < groups; group += most) {
      piece.firstGroup = group;
      piece.groups = Math.min(most, groups - group);
      multiplyPart(rows);
    }
    piece.groups = groups;
  }

  private void multiplyPart(int rows) {
    boolean sixBits = layout == InterleavedLayout.Q6_K;
    for (int lane = 0; lane < LINES; lane += LANES) {
      int row = 0;
      for (; row + 4 <= rows; row += 4) {
        if (sixBits) {
          IntegerSixBits.four(piece, row, lane);
        } else {
          IntegerNibbles.four(piece, row, lane);
        }
        IntegerSums.two(piece, row, 0, lane);
        IntegerSums.two(piece, row, 2, lane);
      }
      for (; row < rows; row++) {
        if (sixBits) {
          IntegerSixBits.one(piece, row, lane);
        } else {
          IntegerNibbles.one(piece, row, lane);
        }
        IntegerSums.one(piece, row, lane);
      }
    }
  }

  private void one(int row, int lane) {
    switch (layout) {
      case Q2_K -> TwoBitStrips.one(piece, row, lane);
      case Q3_K -> ThreeBitStrips.one(piece, row, lane);
      case Q4_0, Q4_1, Q4_K -> NibbleStrips.one(piece, row, lane);
      case Q5_0, Q5_1, Q5_K -> FiveBitStrips.one(piece, row, lane);
      case Q6_K -> SixBitStrips.one(piece, row, lane);
      case Q8_0 -> ByteStrips.one(piece, row, lane);
      case IQ4_NL, IQ4_XS, MXFP4 -> UnevenStrips.one(piece, row, lane);
    }
  }

  private void two(int row, int strip, int lane) {
    switch (layout) {
      case Q2_K -> TwoBitStrips.two(piece, row, strip, lane);
      case Q3_K -> ThreeBitStrips.two(piece, row, strip, lane);
      case Q4_0, Q4_1, Q4_K -> NibbleStrips.two(piece, row, strip, lane);
      case Q5_0, Q5_1, Q5_K -> FiveBitStrips.two(piece, row, strip, lane);
      case Q6_K -> SixBitStrips.two(piece, row, strip, lane);
      case Q8_0 -> ByteStrips.two(piece, row, strip, lane);
      case IQ4_NL, IQ4_XS, MXFP4 -> UnevenStrips.two(piece, row, strip, lane);
    }
  }

  private void four(int row, int strip, int lane) {
    switch (layout) {
      case Q2_K -> TwoBitStrips.four(piece, row, strip, lane);
      case Q3_K -> ThreeBitStrips.four(piece, row, strip, lane);
      case Q4_0, Q4_1, Q4_K -> NibbleStrips.four(piece, row, strip, lane);
      case Q5_0, Q5_1, Q5_K -> FiveBitStrips.four(piece, row, strip, lane);
      case Q6_K -> SixBitStrips.four(piece, row, strip, lane);
      case Q8_0 -> ByteStrips.four(piece, row, strip, lane);
      case IQ4_NL, IQ4_XS, MXFP4 -> UnevenStrips.four(piece, row, strip, lane);
    }
  }

  private void addMinima(int rows) {
    float[] groupSums = piece.groupSums;
    float[] sums = piece.sums;
    for (int row = 0; row < rows; row++) {
      int at = piece.groupSumsAt + row * piece.groupsOfRow;
      for (int strip = 0; strip < STRIPS; strip++) {
        float[] minima = piece.scales[strip].minima;
        for (int lane = 0; lane < LINES; lane += LANES) {
          int to = StripPiece.sumsAt(row, strip) + lane;
          var sum = FloatVector.fromArray(FLOATS, sums, to);
          for (int group = 0; group < piece.groups; group++) {
            sum =
                FloatVector.fromArray(FLOATS, minima, group * LINES + lane)
                    .fma(FloatVector.broadcast(FLOATS, groupSums[at + group]), sum);
          }
          sum.intoArray(sums, to);
        }
      }
    }
  }

  /// The products of a row, counted from the first that was multiplied, with the lines of a strip
  /// begin here in [#sums].
  public int sumsAt(int row, int strip) {
    return StripPiece.sumsAt(row, strip);
  }

  /// What was summed up.
  public float[] sums() {
    return piece.sums;
  }
}
