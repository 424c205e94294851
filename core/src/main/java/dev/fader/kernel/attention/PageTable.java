package dev.fader.kernel.attention;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/// The pages of one sequence in the order of its tokens: page p holds the positions from `p *
/// PageLayout.TOKENS` on. At the front there may be gaps, where a window needs them no longer. Owns
/// no memory; once grown it allocates nothing. Not for several threads at once.
public final class PageTable {
  private static final int FIRST_CAPACITY = 8;

  private MemorySegment[] pages = new MemorySegment[FIRST_CAPACITY];
  private int size;
  private int released;

  /// The number of pages, gaps included.
  public int size() {
    return size;
  }

  /// The number of gaps at the front.
  public int released() {
    return released;
  }

  /// Adds a page behind the last one.
  public void append(MemorySegment page) {
    if (size == pages.length) {
      pages = Arrays.copyOf(pages, 2 * size);
    }
    pages[size++] = page;
  }

  /// Page `index`.
  ///
  /// @throws IndexOutOfBoundsException if there is none, or a gap
  public MemorySegment page(int index) {
    check(index);
    return pages[index];
  }

  /// Puts another page in the place of page `index`, as when a shared one is copied.
  ///
  /// @throws IndexOutOfBoundsException if there is none, or a gap
  public void replace(int index, MemorySegment page) {
    check(index);
    pages[index] = page;
  }

  /// Leaves gaps in the place of the pages before `end`; those that are gaps stay gaps.
  ///
  /// @throws IndexOutOfBoundsException if there are not so many pages
  public void release(int end) {
    Objects.checkFromToIndex(0, end, size);
    for (int index = released; index < end; index++) {
      pages[index] = MemorySegment.NULL;
    }
    released = Math.max(released, end);
  }

  /// Forgets the pages from `count` on.
  ///
  /// @throws IndexOutOfBoundsException if there are fewer
  public void truncate(int count) {
    Objects.checkFromToIndex(0, count, size);
    Arrays.fill(pages, count, size, MemorySegment.NULL);
    size = count;
    released = Math.min(released, count);
  }

  private void check(int index) {
    if (index < released || index >= size) {
      throw new IndexOutOfBoundsException(
          "no page %d: there are pages %d to %d".formatted(index, released, size - 1));
    }
  }
}
