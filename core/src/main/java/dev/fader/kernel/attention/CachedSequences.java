package dev.fader.kernel.attention;

import java.util.Arrays;
import java.util.Objects;

/// The sequences that one forward pass takes further: the rows of the pass that are each one's
/// tokens, their positions, and the pages that hold its keys and values. To be filled anew for each
/// pass; once grown it allocates nothing.
public final class CachedSequences {
  private static final int FIRST_CAPACITY = 8;

  private int[] firstRows = new int[FIRST_CAPACITY + 1];
  private int[] firstPositions = new int[FIRST_CAPACITY];
  private PageTable[] tables = new PageTable[FIRST_CAPACITY];
  private int count;

  /// Leaves no sequence.
  public void clear() {
    count = 0;
  }

  /// Adds a sequence: the next `rows` rows of the pass are its tokens from position `firstPosition`
  /// on, and `table` has the pages for them and for what they look at.
  ///
  /// @throws IllegalArgumentException if there are no rows, or a page of theirs is missing
  public void add(int rows, int firstPosition, PageTable table) {
    if (rows < 1 || firstPosition < 0) {
      throw new IllegalArgumentException(
          "a sequence needs rows and a position, not %d rows from position %d"
              .formatted(rows, firstPosition));
    }
    int end = Math.addExact(firstPosition, rows);
    if (Math.ceilDiv(end, PageLayout.TOKENS) > table.size()
        || firstPosition / PageLayout.TOKENS < table.released()) {
      throw new IllegalArgumentException(
          "positions %d to %d have no pages: the sequence has pages %d to %d of %d tokens"
              .formatted(
                  firstPosition, end - 1, table.released(), table.size() - 1, PageLayout.TOKENS));
    }
    if (count == tables.length) {
      firstRows = Arrays.copyOf(firstRows, 2 * count + 1);
      firstPositions = Arrays.copyOf(firstPositions, 2 * count);
      tables = Arrays.copyOf(tables, 2 * count);
    }
    firstRows[count + 1] = Math.addExact(firstRows[count], rows);
    firstPositions[count] = firstPosition;
    tables[count++] = table;
  }

  /// The number of sequences.
  public int count() {
    return count;
  }

  /// The rows of all sequences.
  public int totalRows() {
    return firstRows[count];
  }

  /// The first row of sequence `index`.
  public int firstRow(int index) {
    return firstRows[Objects.checkIndex(index, count)];
  }

  /// The number of rows of sequence `index`.
  public int rows(int index) {
    return firstRows[Objects.checkIndex(index, count) + 1] - firstRows[index];
  }

  /// The position of the first row of sequence `index`.
  public int firstPosition(int index) {
    return firstPositions[Objects.checkIndex(index, count)];
  }

  /// One past the position of the last row of sequence `index`.
  public int end(int index) {
    return firstPosition(index) + rows(index);
  }

  /// The pages of sequence `index`.
  public PageTable table(int index) {
    return tables[Objects.checkIndex(index, count)];
  }
}
