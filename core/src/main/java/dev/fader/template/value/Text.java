package dev.fader.template.value;

import java.util.Arrays;

/// An immutable string that tracks which of its characters are untrusted. Offsets are UTF-16 units
/// unless stated otherwise; templates count code points.
public final class Text implements Value {
  private static final int[] NOTHING = {};
  public static final Text EMPTY = new Text("", NOTHING, false);

  private final String characters;
  private final int[]
      untrusted; // starts and ends of the untrusted ranges, alternating and ascending
  private final boolean safe;

  private Text(String characters, int[] untrusted, boolean safe) {
    this.characters = characters;
    this.untrusted = untrusted;
    this.safe = safe;
  }

  public static Text own(String characters) {
    return new Text(characters, NOTHING, false);
  }

  public static Text untrusted(String characters) {
    int length = characters.length();
    return new Text(characters, length == 0 ? NOTHING : new int[] {0, length}, false);
  }

  static Text marked(String characters, int[] untrusted) {
    return new Text(characters, untrusted, false);
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

  /// Starts and ends of the untrusted ranges, alternating.
  public int[] untrusted() {
    return untrusted.clone();
  }

  public boolean hasUntrusted() {
    return untrusted.length > 0;
  }

  /// Whether it is already escaped: `Markup` in Jinja.
  public boolean isSafe() {
    return safe;
  }

  public Text withSafe(boolean now) {
    return now == safe ? this : new Text(characters, untrusted, now);
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
    return new Text(characters.substring(from, to), clipped(from, to), safe);
  }

  private int[] clipped(int from, int to) {
    if (untrusted.length == 0) {
      return NOTHING;
    }
    var kept = new int[untrusted.length];
    int count = 0;
    for (int i = 0; i < untrusted.length; i += 2) {
      int begin = Math.max(untrusted[i], from);
      int end = Math.min(untrusted[i + 1], to);
      if (begin < end) {
        kept[count++] = begin - from;
        kept[count++] = end - from;
      }
    }
    return Arrays.copyOf(kept, count);
  }

  /// Whether the character at this offset is untrusted.
  public boolean isUntrusted(int place) {
    for (int i = 0; i < untrusted.length; i += 2) {
      if (place >= untrusted[i] && place < untrusted[i + 1]) {
        return true;
      }
    }
    return false;
  }

  /// `changed` is this text with its characters converted. If the length is the same, the same
  /// characters are untrusted; otherwise all are if any of this text is.
  public Text changed(String changed) {
    if (untrusted.length == 0) {
      return new Text(changed, NOTHING, safe);
    }
    if (changed.length() == characters.length()) {
      return new Text(changed, untrusted, safe);
    }
    return untrusted(changed).withSafe(safe);
  }

  @Override
  public String toString() {
    return characters;
  }
}
