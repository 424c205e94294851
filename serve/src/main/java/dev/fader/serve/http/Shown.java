package dev.fader.serve.http;

/// What a request said, shown in messages.
final class Shown {
  private static final int LONGEST = 60;

  private Shown() {}

  /// The value, cut where it is long, with escapes for what does not print.
  static String value(String value) {
    boolean cut = value.length() > LONGEST;
    int end = cut ? LONGEST : value.length();
    var shown = new StringBuilder(end);
    for (int i = 0; i < end; i++) {
      char c = value.charAt(i);
      if (c < ' ' || c == 0x7f || Character.isSurrogate(c)) {
        shown.append("\\u%04x".formatted((int) c));
      } else {
        shown.append(c);
      }
    }
    return cut ? shown + "…" : shown.toString();
  }
}
