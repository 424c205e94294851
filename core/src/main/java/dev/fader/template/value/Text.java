package dev.fader.template.value;

import java.util.Arrays;

/// An immutable string that tracks where its characters come from. Offsets are UTF-16 units unless
/// stated otherwise; templates count code points.
public final class Text implements Value {
  private static final int[] NO_BOUNDS = {};
  private static final Origin[] NO_ORIGINS = {};
  public static final Text EMPTY = own("");

  private final String characters;
  private final int[] bounds; // starts and ends of the marked ranges, alternating and ascending
  private final Origin[] origins; // of each marked range; what is not marked is the template's
  private final boolean safe;

  private Text(String characters, int[] bounds, Origin[] origins, boolean safe) {
    this.characters = characters;
    this.bounds = bounds;
    this.origins = origins;
    this.safe = safe;
  }

  public static Text own(String characters) {
    return new Text(characters, NO_BOUNDS, NO_ORIGINS, false);
  }

  /// A text all of which comes from `origin`.
  public static Text of(String characters, Origin origin) {
    int length = characters.length();
    return length == 0 || origin.equals(Origin.TEMPLATE)
        ? own(characters)
        : new Text(characters, new int[] {0, length}, new Origin[] {origin}, false);
  }

  static Text marked(String characters, int[] bounds, Origin[] origins) {
    return new Text(characters, bounds, origins, false);
  }

  public String characters() {
    return characters;
  }

  public int length() {
    return characters.length();
  }

  public boolean isEmpty() {
    return characters.isEmpty();
  }

  /// The number of ranges with an origin of their own, in order and not overlapping.
  public int marks() {
    return origins.length;
  }

  public int from(int mark) {
    return bounds[2 * mark];
  }

  public int to(int mark) {
    return bounds[2 * mark + 1];
  }

  public Origin origin(int mark) {
    return origins[mark];
  }

  /// Whether it is already escaped: `Markup` in Jinja.
  public boolean isSafe() {
    return safe;
  }

  public Text withSafe(boolean now) {
    return now == safe ? this : new Text(characters, bounds, origins, now);
  }

  /// Length in code points, as in Python.
  public int size() {
    return characters.codePointCount(0, characters.length());
  }

  /// The offset of a code point.
  public int place(int codePoint) {
    return characters.offsetByCodePoints(0, codePoint);
  }

  public Text slice(int from, int to) {
    if (from == 0 && to == characters.length()) {
      return this;
    }
    var cut = characters.substring(from, to);
    if (origins.length == 0) {
      return new Text(cut, bounds, origins, safe);
    }
    var keptBounds = new int[bounds.length];
    var keptOrigins = new Origin[origins.length];
    int kept = 0;
    for (int i = 0; i < origins.length; i++) {
      int begin = Math.max(from(i), from);
      int end = Math.min(to(i), to);
      if (begin < end) {
        keptBounds[2 * kept] = begin - from;
        keptBounds[2 * kept + 1] = end - from;
        keptOrigins[kept++] = origins[i];
      }
    }
    return new Text(
        cut, Arrays.copyOf(keptBounds, 2 * kept), Arrays.copyOf(keptOrigins, kept), safe);
  }

  /// The origin of the character at this offset.
  public Origin originAt(int place) {
    for (int i = 0; i < origins.length; i++) {
      if (place >= from(i) && place < to(i)) {
        return origins[i];
      }
    }
    return Origin.TEMPLATE;
  }

  /// `changed` is this text with its characters converted. If the length is the same, the same
  /// characters have the same origins; otherwise all have one: untrusted if any of this text is,
  /// and from the first source in it.
  public Text changed(String changed) {
    if (origins.length == 0 || changed.length() == characters.length()) {
      return new Text(changed, bounds, origins, safe);
    }
    var all = origins[0];
    for (var origin : origins) {
      all =
          new Origin(
              all.untrusted() || origin.untrusted(),
              all.source() == Origin.NOWHERE ? origin.source() : all.source(),
              all.writer() == Origin.NOWHERE ? origin.writer() : all.writer(),
              all.generated() || origin.generated());
    }
    return of(changed, all).withSafe(safe);
  }

  @Override
  public String toString() {
    return characters;
  }
}
