package dev.fader.kernel.interleaved;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.DType;

/// The rows of a left operand, prepared once for all the interleaved operands that they are
/// multiplied with. Several workers read it.
public final class InterleavedInput {
  /// Rows that are prepared in eight bits at a time.
  public static final int ROWS_TOGETHER = EightBitRows.TOGETHER;

  private final InterleavedRows pairs = InterleavedRows.forPairs();
  private final InterleavedRows threeBits = InterleavedRows.forThreeBits();
  private final InterleavedRows nibbles = InterleavedRows.forNibbles();
  private final InterleavedRows fiveBits = InterleavedRows.forFiveBits();
  private final InterleavedRows sixBits = InterleavedRows.forSixBits();
  private final EightBitRows eightBits = new EightBitRows();
  private final EightBitPairs nibblePairs = new EightBitPairs(0);
  private final EightBitPairs offsetNibblePairs =
      new EightBitPairs(InterleavedLayout.Q4_0.offset());
  private final EightBitSixes sixes = new EightBitSixes();

  // Which of them wait for their numbers.
  private boolean eightBitsWanted;
  private boolean nibblePairsWanted;
  private boolean offsetNibblePairsWanted;
  private boolean sixesWanted;

  private float[] x = {};
  private int eightBitRows; // how many
  private int depth;
  private boolean exact;

  /// Rows of `depth` numbers, one after the other in `rows`.
  ///
  /// @param exact whether they are taken in float32 whatever a right operand is kept for
  public void set(float[] rows, int depth, boolean exact) {
    this.x = rows;
    this.depth = depth;
    this.exact = exact;
    pairs.clear();
    threeBits.clear();
    nibbles.clear();
    fiveBits.clear();
    sixBits.clear();
    eightBitsWanted = false;
    nibblePairsWanted = false;
    offsetNibblePairsWanted = false;
    sixesWanted = false;
  }

  /// Prepares `rows` rows for a right operand that [InterleavedProduct#canRead], but for what
  /// [#takeEightBits] does.
  public void prepareFor(Matrix b, int rows) {
    var layout = InterleavedProduct.layout(b);
    if (isInEightBits(b)) {
      eightBitRows = rows;
      reserveEightBits(layout, rows * depth);
      return;
    }
    switch (layout) {
      case Q2_K -> pairs.set(x, rows * depth);
      case Q3_K -> threeBits.set(x, rows * depth);
      case Q4_0, Q4_1, Q4_K -> nibbles.set(x, rows * depth);
      case Q5_0, Q5_1, Q5_K -> fiveBits.set(x, rows * depth);
      case Q6_K -> sixBits.set(x, rows * depth);
      case Q8_0, IQ4_NL, IQ4_XS, MXFP4 -> {}
    }
  }

  private void reserveEightBits(InterleavedLayout layout, int count) {
    eightBitsWanted = true;
    eightBits.reserve(count);
    switch (layout) {
      case Q4_0 -> {
        offsetNibblePairsWanted = true;
        offsetNibblePairs.reserve(eightBits, count);
      }
      case Q4_1, Q4_K -> {
        nibblePairsWanted = true;
        nibblePairs.reserve(eightBits, count);
      }
      case Q6_K -> {
        sixesWanted = true;
        sixes.reserve(count);
      }
      case Q2_K, Q3_K, Q5_0, Q5_1, Q5_K, Q8_0, IQ4_NL, IQ4_XS, MXFP4 ->
          throw new IllegalStateException("no products of whole numbers with " + layout);
    }
  }

  /// Whether an operand that was prepared for takes rows in eight bits: [#takeEightBits] is to be
  /// called for each.
  public boolean wantsEightBits() {
    return eightBitsWanted;
  }

  /// Prepares rows in eight bits: those from [#ROWS_TOGETHER] times `part` on, so many. Several
  /// threads may do that at a time, for a part each.
  public void takeEightBits(int part) {
    int first = part * ROWS_TOGETHER;
    int end = Math.min(first + ROWS_TOGETHER, eightBitRows);
    for (int row = first; row < end; row++) {
      takeEightBits(row, end - first == ROWS_TOGETHER);
    }
  }

  private void takeEightBits(int row, boolean together) {
    eightBits.take(x, row * depth, depth);
    if (offsetNibblePairsWanted) {
      offsetNibblePairs.take(eightBits, row, depth, together);
    }
    if (nibblePairsWanted) {
      nibblePairs.take(eightBits, row, depth, together);
    }
    if (sixesWanted) {
      sixes.take(eightBits, row, depth, together);
    }
  }

  /// Whether the rows are multiplied with b in eight bits.
  boolean isInEightBits(Matrix b) {
    return !exact && b.tensor().interleavedRows() == DType.Q8_0;
  }

  private EightBitPairs pairs(InterleavedLayout layout) {
    return switch (layout) {
      case Q4_0 -> offsetNibblePairs;
      case Q4_1, Q4_K -> nibblePairs;
      case Q2_K, Q3_K, Q5_0, Q5_1, Q5_K, Q6_K, Q8_0, IQ4_NL, IQ4_XS, MXFP4 ->
          throw new IllegalStateException("no products of whole numbers with " + layout);
    };
  }

  /// Points a piece at the elements from `k` on of the rows from `row` on.
  void read(StripPiece piece, InterleavedLayout layout, int row, int k) {
    int at = row * depth + k;
    piece.depth = depth;
    piece.xAt = at;
    piece.groupSumsAt = at / layout.group();
    piece.groupsOfRow = depth / layout.group();
    if (piece.isInEightBits) {
      if (layout == InterleavedLayout.Q6_K) {
        readSixes(piece, row, k);
      } else {
        read(piece, pairs(layout), row, k);
      }
      return;
    }
    switch (layout) {
      case Q2_K -> read(piece, pairs);
      case Q3_K -> read(piece, threeBits);
      case Q4_0, Q4_1, Q4_K -> read(piece, nibbles);
      case Q5_0, Q5_1, Q5_K -> read(piece, fiveBits);
      case Q6_K -> read(piece, sixBits);
      case Q8_0, IQ4_NL, IQ4_XS, MXFP4 -> piece.x = x;
    }
  }

  private void read(StripPiece piece, EightBitPairs pairs, int row, int k) {
    piece.pairs = pairs.factors();
    piece.pairsAt = row * depth / 2;
    piece.pairsFrom = k / 2;
    piece.pairsOfRow = depth / 2;
    piece.starts = pairs.starts();
    piece.inputScales = pairs.scales();
    piece.groupSums = pairs.sums();
  }

  private void readSixes(StripPiece piece, int row, int k) {
    piece.pairs = sixes.factors();
    piece.pairsAt = row * depth / EightBitSixes.GROUP * EightBitSixes.FACTORS;
    piece.pairsFrom = k / EightBitSixes.GROUP * EightBitSixes.FACTORS;
    piece.pairsOfRow = depth / EightBitSixes.GROUP * EightBitSixes.FACTORS;
    piece.starts = sixes.starts();
    piece.inputScales = sixes.scales();
  }

  private static void read(StripPiece piece, InterleavedRows rows) {
    piece.x = rows.scaled();
    piece.groupSums = rows.sums();
  }
}
