package dev.fader.tokenizer.pattern;

import java.nio.charset.StandardCharsets;

/// Text as valid UTF-8 and the code points in it.
public final class Utf8 {
  private Utf8() {}

  /// The text in UTF-8. An unpaired surrogate becomes U+FFFD.
  public static byte[] bytes(String text) {
    return (hasLoneSurrogate(text) ? replaceLoneSurrogates(text) : text)
        .getBytes(StandardCharsets.UTF_8);
  }

  /// The length of the code point at `at` in bytes, by its first byte.
  public static int length(byte[] text, int at) {
    int first = text[at];
    if (first >= 0) {
      return 1;
    }
    return first < (byte) 0xE0 ? 2 : first < (byte) 0xF0 ? 3 : 4;
  }

  /// The code point at `at`.
  public static int codePoint(byte[] text, int at) {
    int first = text[at];
    if (first >= 0) {
      return first;
    }
    int second = text[at + 1] & 0x3F;
    if (first < (byte) 0xE0) {
      return ((first & 0x1F) << 6) | second;
    }
    int third = text[at + 2] & 0x3F;
    if (first < (byte) 0xF0) {
      return ((first & 0x0F) << 12) | (second << 6) | third;
    }
    return ((first & 0x07) << 18) | (second << 12) | (third << 6) | (text[at + 3] & 0x3F);
  }

  /// The start of the code point that ends before `at`.
  public static int before(byte[] text, int at) {
    int before = at - 1;
    while ((text[before] & 0xC0) == 0x80) {
      before--;
    }
    return before;
  }

  /// Whether `text[at, end)` begins with these bytes.
  public static boolean startsWith(byte[] text, int at, int end, byte[] prefix) {
    if (end - at < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (text[at + i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  /// How many code points start in `text[from, to)`.
  public static int codePoints(byte[] text, int from, int to) {
    int count = 0;
    for (int at = from; at < to; at++) {
      if ((text[at] & 0xC0) != 0x80) {
        count++;
      }
    }
    return count;
  }

  /// How many bytes at the end of `text[0, length)` may begin an incomplete code point: 0 to 3.
  public static int incompleteTail(byte[] text, int length) {
    for (int back = 1; back <= Math.min(3, length); back++) {
      int last = text[length - back];
      if ((last & 0xC0) == 0x80) {
        continue;
      }
      return last < 0 && length(text, length - back) > back ? back : 0;
    }
    return 0;
  }

  private static boolean hasLoneSurrogate(String text) {
    boolean afterHigh = false;
    for (int i = 0; i < text.length(); i++) {
      char unit = text.charAt(i);
      if (Character.isLowSurrogate(unit) != afterHigh) {
        return true;
      }
      afterHigh = Character.isHighSurrogate(unit);
    }
    return afterHigh;
  }

  private static String replaceLoneSurrogates(String text) {
    var replaced = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      boolean lone = codePoint <= 0xFFFF && Character.isSurrogate((char) codePoint);
      replaced.appendCodePoint(lone ? 0xFFFD : codePoint);
      i += Character.charCount(codePoint);
    }
    return replaced.toString();
  }
}
