package dev.fader.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.Allocations;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/// The pages of a sequence, and the description of a pass over several.
class PageTableTest {
  private static MemorySegment page(int number) {
    return MemorySegment.ofAddress(64L * (number + 1));
  }

  private static PageTable table(int pages) {
    var table = new PageTable();
    for (int i = 0; i < pages; i++) {
      table.append(page(i));
    }
    return table;
  }

  @Test
  void pagesComeBackInTheirOrder() {
    var table = table(33);
    assertEquals(33, table.size());
    assertEquals(page(32), table.page(32));
    var other = page(100);
    table.replace(7, other);
    assertSame(other, table.page(7));
    table.truncate(7);
    assertEquals(7, table.size());
    assertEquals(
        "no page 7: there are pages 0 to 6",
        assertThrows(IndexOutOfBoundsException.class, () -> table.page(7)).getMessage());
  }

  @Test
  void releasedPagesAreGapsUntilTheSequenceIsCutBeforeThem() {
    var table = table(5);
    table.release(3);
    table.release(1);
    assertEquals(3, table.released());
    assertEquals(page(3), table.page(3));
    assertThrows(IndexOutOfBoundsException.class, () -> table.page(2));
    assertThrows(IndexOutOfBoundsException.class, () -> table.replace(2, page(9)));
    assertThrows(IndexOutOfBoundsException.class, () -> table.release(6));
    table.truncate(2);
    assertEquals(2, table.released());
    table.append(page(2));
    assertEquals(page(2), table.page(2));
  }

  @Test
  void sequencesFollowEachOtherInAPass() {
    var sequences = new CachedSequences();
    for (int pass = 0; pass < 2; pass++) {
      sequences.clear();
      for (int i = 0; i < 13; i++) {
        sequences.add(i + 1, 31, table(2));
      }
      assertEquals(13, sequences.count());
      assertEquals(13 * 14 / 2, sequences.totalRows());
      assertEquals(3, sequences.firstRow(2));
      assertEquals(3, sequences.rows(2));
      assertEquals(31, sequences.firstPosition(2));
      assertEquals(34, sequences.end(2));
    }
    assertThrows(IndexOutOfBoundsException.class, () -> sequences.rows(13));
  }

  @Test
  void rowsWithoutPagesAreRefused() {
    var sequences = new CachedSequences();
    assertEquals(
        "positions 31 to 64 have no pages: the sequence has pages 0 to 1 of 32 tokens",
        assertThrows(IllegalArgumentException.class, () -> sequences.add(34, 31, table(2)))
            .getMessage());
    assertEquals(
        "a sequence needs rows and a position, not 0 rows from position 3",
        assertThrows(IllegalArgumentException.class, () -> sequences.add(0, 3, table(2)))
            .getMessage());
  }

  @Test
  void nothingIsAllocatedOnceGrown() {
    var table = table(40);
    var sequences = new CachedSequences();
    Runnable pass =
        () -> {
          table.truncate(20);
          table.append(page(0));
          sequences.clear();
          sequences.add(1, 640, table);
        };
    assertEquals(0, Allocations.leastBytes(100, 0, pass), 100.0);
  }
}
