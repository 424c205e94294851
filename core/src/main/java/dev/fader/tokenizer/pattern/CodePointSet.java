package dev.fader.tokenizer.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A set of code points: a union of general categories, ranges, scripts and other sets, optionally
/// intersected (`&&`), negated (`[^…]`) or case-insensitive.
final class CodePointSet {
  private static final int FEW = 64;

  private final int categories; // a bit for each value of Character.getType
  private final int[] ranges; // first, last, first, last …
  private final List<NamedSet> named;
  private final List<CodePointSet> united;
  private final List<CodePointSet> cut;
  private final boolean negated;
  private final boolean ignoresCase;
  private final long lowAscii;
  private final long highAscii;

  private CodePointSet(Builder builder) {
    categories = builder.categories;
    ranges = Arrays.copyOf(builder.ranges, builder.size);
    named = List.copyOf(builder.named);
    united = List.copyOf(builder.united);
    cut = List.copyOf(builder.cut);
    negated = builder.negated;
    ignoresCase = builder.ignoresCase;
    long low = 0;
    long high = 0;
    for (int value = 0; value < 64; value++) {
      low |= has(value) ? 1L << value : 0;
      high |= has(value + 64) ? 1L << value : 0;
    }
    lowAscii = low;
    highAscii = high;
  }

  /// Sets without a general category.
  sealed interface NamedSet {}

  record Script(Character.UnicodeScript script) implements NamedSet {}

  /// Unicode's `White_Space`.
  record Space() implements NamedSet {}

  /// Unicode's `Alphabetic`.
  record Alphabetic() implements NamedSet {}

  /// Unicode's `Uppercase`.
  record Uppercase() implements NamedSet {}

  /// Unicode's `Lowercase`.
  record Lowercase() implements NamedSet {}

  static Builder builder() {
    return new Builder();
  }

  static CodePointSet of(int codePoint) {
    return builder().range(codePoint, codePoint).build();
  }

  boolean contains(int codePoint) {
    if (codePoint < 64) {
      return (lowAscii >>> codePoint & 1) != 0;
    }
    return codePoint < 128 ? (highAscii >>> codePoint & 1) != 0 : has(codePoint);
  }

  /// Whether the two contain the same code points. Equal definitions are recognized at once, others
  /// by testing every code point.
  boolean isSame(CodePointSet other) {
    return isSpelledLike(other) || hasSameCodePoints(other);
  }

  private boolean isSpelledLike(CodePointSet other) {
    return categories == other.categories
        && negated == other.negated
        && ignoresCase == other.ignoresCase
        && Arrays.equals(ranges, other.ranges)
        && named.equals(other.named)
        && areSpelledAlike(united, other.united)
        && areSpelledAlike(cut, other.cut);
  }

  private static boolean areSpelledAlike(List<CodePointSet> some, List<CodePointSet> others) {
    if (some.size() != others.size()) {
      return false;
    }
    for (int i = 0; i < some.size(); i++) {
      if (!some.get(i).isSpelledLike(others.get(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean hasSameCodePoints(CodePointSet other) {
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (contains(codePoint) != other.contains(codePoint)) {
        return false;
      }
    }
    return true;
  }

  /// Whether it is defined as a few code points.
  boolean isFew() {
    boolean listed = categories == 0 && named.isEmpty() && cut.isEmpty() && !negated;
    int count = 0;
    for (int i = 0; i < ranges.length; i += 2) {
      count += Math.min(ranges[i + 1] - ranges[i], FEW) + 1;
    }
    return listed && count <= FEW && united.stream().allMatch(CodePointSet::isFew);
  }

  /// The few code points, ignoring case.
  private Set<Integer> letters() {
    var letters = new HashSet<Integer>();
    for (int i = 0; i < ranges.length; i += 2) {
      for (int codePoint = ranges[i]; codePoint <= ranges[i + 1]; codePoint++) {
        letters.add(codePoint);
        letters.add(Character.toLowerCase(codePoint));
        letters.add(Character.toLowerCase(Character.toUpperCase(codePoint)));
      }
    }
    united.forEach(set -> letters.addAll(set.letters()));
    return letters;
  }

  /// The smallest code point; one above all if there is none.
  int least() {
    int least = 0;
    while (least <= Character.MAX_CODE_POINT && !contains(least)) {
      least++;
    }
    return least;
  }

  /// Whether no code point is in both.
  boolean isApartFrom(CodePointSet other) {
    if (isFew() && other.isFew() && Collections.disjoint(letters(), other.letters())) {
      return true;
    }
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (contains(codePoint) && other.contains(codePoint)) {
        return false;
      }
    }
    return true;
  }

  private boolean has(int codePoint) {
    boolean in = isListed(codePoint);
    if (!in && ignoresCase && !isTurkish(codePoint)) {
      int upper = Character.toUpperCase(codePoint);
      in = isListed(upper) || isListed(Character.toLowerCase(upper));
    }
    for (int i = 0; in && i < cut.size(); i++) {
      in = cut.get(i).contains(codePoint);
    }
    return in != negated;
  }

  /// The Turkish dotted capital and dotless small i, which have no case variants elsewhere.
  private static boolean isTurkish(int codePoint) {
    return codePoint == 0x130 || codePoint == 0x131;
  }

  private boolean isListed(int codePoint) {
    if ((categories >>> Character.getType(codePoint) & 1) != 0) {
      return true;
    }
    for (int i = 0; i < ranges.length; i += 2) {
      if (codePoint >= ranges[i] && codePoint <= ranges[i + 1]) {
        return true;
      }
    }
    for (int i = 0; i < named.size(); i++) {
      if (isNamed(named.get(i), codePoint)) {
        return true;
      }
    }
    for (int i = 0; i < united.size(); i++) {
      if (united.get(i).contains(codePoint)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isNamed(NamedSet name, int codePoint) {
    return switch (name) {
      case Script(Character.UnicodeScript script) ->
          Character.UnicodeScript.of(codePoint) == script;
      case Space() -> CharacterKind.isSpace(CharacterKind.of(codePoint));
      case Alphabetic() -> Character.isAlphabetic(codePoint);
      case Uppercase() -> Character.isUpperCase(codePoint);
      case Lowercase() -> Character.isLowerCase(codePoint);
    };
  }

  /// Builds a set.
  static final class Builder {
    private int categories;
    private int[] ranges = new int[8];
    private int size;
    private final List<NamedSet> named = new ArrayList<>();
    private final List<CodePointSet> united = new ArrayList<>();
    private final List<CodePointSet> cut = new ArrayList<>();
    private boolean negated;
    private boolean ignoresCase;

    private Builder() {}

    Builder range(int first, int last) {
      if (size == ranges.length) {
        ranges = Arrays.copyOf(ranges, 2 * size);
      }
      ranges[size++] = first;
      ranges[size++] = last;
      return this;
    }

    /// Adds general categories, each a value of [Character#getType(int)].
    Builder categories(byte... types) {
      for (byte type : types) {
        categories |= 1 << type;
      }
      return this;
    }

    Builder named(NamedSet name) {
      named.add(name);
      return this;
    }

    Builder add(CodePointSet other) {
      united.add(other);
      return this;
    }

    Builder cutWith(CodePointSet other) {
      cut.add(other);
      return this;
    }

    Builder negated(boolean turned) {
      negated = turned;
      return this;
    }

    Builder ignoringCase(boolean ignoring) {
      ignoresCase = ignoring;
      return this;
    }

    CodePointSet build() {
      return new CodePointSet(this);
    }
  }
}
