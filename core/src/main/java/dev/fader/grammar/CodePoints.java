package dev.fader.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A set of Unicode scalar values, as ascending ranges that are not adjacent.
public record CodePoints(List<Range> ranges) {
  /// The range from `first` to `last`, inclusive.
  public record Range(int first, int last) {}

  private static final int LAST = Character.MAX_CODE_POINT;

  /// All scalar values: code points without the surrogates.
  public static final CodePoints ALL =
      of(List.of(new Range(0, Character.MIN_SURROGATE - 1), new Range(0xE000, LAST)));

  public static CodePoints of(List<Range> ranges) {
    var sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingInt(Range::first));
    var joined = new ArrayList<Range>();
    for (var range : sorted) {
      if (!joined.isEmpty() && range.first <= joined.getLast().last + 1) {
        var before = joined.removeLast();
        joined.add(new Range(before.first, Math.max(before.last, range.last)));
      } else {
        joined.add(range);
      }
    }
    return new CodePoints(List.copyOf(joined));
  }

  public static CodePoints of(int first, int last) {
    return of(List.of(new Range(first, last)));
  }

  public CodePoints and(CodePoints other) {
    var all = new ArrayList<>(ranges);
    all.addAll(other.ranges);
    return of(all);
  }

  public CodePoints not() {
    var rest = new ArrayList<Range>();
    int next = 0;
    for (var range : ranges) {
      if (range.first > next) {
        rest.add(new Range(next, range.first - 1));
      }
      next = range.last + 1;
    }
    if (next <= LAST) {
      rest.add(new Range(next, LAST));
    }
    return new CodePoints(List.copyOf(rest)).scalars();
  }

  public CodePoints without(CodePoints other) {
    return not().and(other).not();
  }

  private CodePoints scalars() {
    var kept = new ArrayList<Range>();
    for (var range : ranges) {
      if (range.first < Character.MIN_SURROGATE) {
        kept.add(new Range(range.first, Math.min(range.last, Character.MIN_SURROGATE - 1)));
      }
      if (range.last > Character.MAX_SURROGATE) {
        kept.add(new Range(Math.max(range.first, Character.MAX_SURROGATE + 1), range.last));
      }
    }
    return new CodePoints(List.copyOf(kept));
  }

  public boolean isEmpty() {
    return ranges.isEmpty();
  }

  /// The set in UTF-8: sequences of byte ranges, each the first and last byte of one position (the
  /// range splitting of RE2, Russ Cox, and of Thompson's UTF-8 automata).
  List<int[]> utf8() {
    var sequences = new ArrayList<int[]>();
    var left = new ArrayList<Range>();
    for (var range : scalars().ranges().reversed()) {
      left.add(range);
    }
    while (!left.isEmpty()) {
      var range = left.removeLast();
      int cut = cut(range);
      if (cut < range.last) {
        left.add(new Range(cut + 1, range.last));
        left.add(new Range(range.first, cut));
      } else {
        sequences.add(bytes(range));
      }
    }
    return sequences;
  }

  /// Where a range must be split so that its encodings are a product of byte ranges; its end if
  /// nowhere.
  private static int cut(Range range) {
    for (int longest : new int[] {0x7F, 0x7FF, 0xFFFF}) {
      if (range.first <= longest && range.last > longest) {
        return longest;
      }
    }
    for (int bits = 6; bits <= 18; bits += 6) {
      int mask = (1 << bits) - 1;
      if (range.last > 0x7F && (range.first & ~mask) != (range.last & ~mask)) {
        if ((range.first & mask) != 0) {
          return range.first | mask;
        }
        if ((range.last & mask) != mask) {
          return (range.last & ~mask) - 1;
        }
      }
    }
    return range.last;
  }

  private static int[] bytes(Range range) {
    var first = encoded(range.first);
    var last = encoded(range.last);
    var sequence = new int[2 * first.length];
    for (int i = 0; i < first.length; i++) {
      sequence[2 * i] = first[i] & 0xFF;
      sequence[2 * i + 1] = last[i] & 0xFF;
    }
    return sequence;
  }

  private static byte[] encoded(int codePoint) {
    return Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
  }
}
