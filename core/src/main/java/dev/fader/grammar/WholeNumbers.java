package dev.fader.grammar;

/// Whole numbers between bounds, as GBNF over their digits.
final class WholeNumbers {
  /// Digits after which a number without an upper bound ends, lest a model write for ever.
  private static final int MOST_DIGITS = 16;

  private WholeNumbers() {}

  /// Numbers from `least` to `most`, negative ones with a minus.
  static String between(long least, long most) {
    var text = new StringBuilder();
    if (least < 0) {
      text.append("\"-\" (").append(digits(most < 0 ? -most : 1, -least)).append(")");
    }
    if (most >= 0) {
      text.append(text.isEmpty() ? "" : " | ").append(digits(Math.max(0, least), most));
    }
    return text.toString();
  }

  /// Numbers from `least`, which is not negative.
  static String from(long least) {
    if (least == 0) {
      return "\"0\" | [1-9] [0-9]{0," + (MOST_DIGITS - 1) + "}";
    }
    int length = Long.toString(least).length();
    var sameLength = digits(least, Long.parseLong("9".repeat(Math.min(length, 18))));
    return length >= MOST_DIGITS
        ? sameLength
        : sameLength + " | [1-9] [0-9]{" + length + "," + (MOST_DIGITS - 1) + "}";
  }

  /// Numbers from `least` to `most`, neither of them negative.
  static String digits(long least, long most) {
    var text = new StringBuilder();
    long first = least;
    while (first <= most) {
      int length = Long.toString(first).length();
      long last = length >= 18 ? most : Math.min(most, Long.parseLong("9".repeat(length)));
      text.append(text.isEmpty() ? "" : " | ");
      append(text, Long.toString(first), Long.toString(last));
      first = last + 1;
    }
    return text.toString();
  }

  /// Digit strings of one length between two; as deep as they have digits.
  private static void append(StringBuilder text, String first, String last) {
    int common = 0;
    while (common < first.length() && first.charAt(common) == last.charAt(common)) {
      common++;
    }
    if (common > 0) {
      text.append('"').append(first, 0, common).append("\" ");
    }
    if (common == first.length()) {
      return;
    }
    char low = first.charAt(common);
    char high = last.charAt(common);
    var lowRest = first.substring(common + 1);
    var highRest = last.substring(common + 1);
    int left = lowRest.length();
    boolean whole = common == 0;
    text.append(whole ? "" : "(");
    var separator = "";
    if (!isAll(lowRest, '0')) {
      text.append('"').append(low++).append("\" (");
      append(text, lowRest, "9".repeat(left));
      text.append(")");
      separator = " | ";
    }
    boolean splitHigh = !isAll(highRest, '9');
    char middle = (char) (high - (splitHigh ? 1 : 0));
    if (low <= middle) {
      text.append(separator).append('[').append(low).append('-').append(middle).append(']');
      text.append(left == 0 ? "" : " [0-9]{" + left + "}");
      separator = " | ";
    }
    if (splitHigh) {
      text.append(separator).append('"').append(high).append("\" (");
      append(text, "0".repeat(left), highRest);
      text.append(")");
    }
    text.append(whole ? "" : ")");
  }

  private static boolean isAll(String text, char digit) {
    return text.chars().allMatch(c -> c == digit);
  }
}
