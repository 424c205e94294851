package dev.fader.format;

import java.lang.foreign.MemorySegment;
import java.util.AbstractList;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;

/// The strings of a GGUF metadata array, decoded from the mapping on each access. Only the position
/// of every [#STRIDE]th is kept in memory.
final class GgufStrings extends AbstractList<String> {
  /// Strings between two positions of the index.
  static final int STRIDE = 16;

  private final MemorySegment data;
  private final GgufValue value;

  GgufStrings(MemorySegment data, GgufValue value) {
    this.data = data;
    this.value = value;
  }

  @Override
  public int size() {
    return Math.toIntExact(value.count());
  }

  @Override
  public String get(int i) {
    Objects.checkIndex(i, size());
    long place = value.index()[i / STRIDE];
    for (int k = 0; k < i % STRIDE; k++) {
      place = next(place);
    }
    return GgufCursor.text(data, place);
  }

  private long next(long place) {
    return place + Long.BYTES + data.get(LittleEndian.LONG, place);
  }

  /// Iterates in one pass, without the index.
  @Override
  public Iterator<String> iterator() {
    return new Iterator<>() {
      private long place = value.start();
      private int passed;

      @Override
      public boolean hasNext() {
        return passed < size();
      }

      @Override
      public String next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        String text = GgufCursor.text(data, place);
        place = GgufStrings.this.next(place);
        passed++;
        return text;
      }
    };
  }
}
