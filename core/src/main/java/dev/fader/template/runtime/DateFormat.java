package dev.fader.template.runtime;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.util.Locale;

/// C's `strftime`, in English.
final class DateFormat {
  private final LocalDateTime time;
  private final StringBuilder text = new StringBuilder();

  private DateFormat(LocalDateTime time) {
    this.time = time;
  }

  static String of(String format, LocalDateTime time) {
    var date = new DateFormat(time);
    for (int at = 0; at < format.length(); at++) {
      char c = format.charAt(at);
      if (c != '%' || at + 1 == format.length()) {
        date.text.append(c);
        continue;
      }
      char flag = format.charAt(at + 1);
      boolean flagged = "-_0^".indexOf(flag) >= 0 && at + 2 < format.length();
      at += flagged ? 2 : 1;
      date.append(format.charAt(at), flagged ? flag : 0);
    }
    return date.text.toString();
  }

  private void append(char field, char flag) {
    switch (field) {
      case 'Y' -> text.append(time.getYear());
      case 'C' -> number(time.getYear() / 100, 2, flag);
      case 'y' -> number(time.getYear() % 100, 2, flag);
      case 'm' -> number(time.getMonthValue(), 2, flag);
      case 'd' -> number(time.getDayOfMonth(), 2, flag);
      case 'e' -> number(time.getDayOfMonth(), 2, flag == 0 ? '_' : flag);
      case 'j' -> number(time.getDayOfYear(), 3, flag);
      case 'H' -> number(time.getHour(), 2, flag);
      case 'k' -> number(time.getHour(), 2, flag == 0 ? '_' : flag);
      case 'I' -> number(hour12(), 2, flag);
      case 'l' -> number(hour12(), 2, flag == 0 ? '_' : flag);
      case 'M' -> number(time.getMinute(), 2, flag);
      case 'S' -> number(time.getSecond(), 2, flag);
      case 'f' -> number(time.getNano() / 1000, 6, (char) 0);
      case 'u' -> text.append(time.getDayOfWeek().getValue());
      case 'w' -> text.append(time.getDayOfWeek().getValue() % 7);
      case 'U' ->
          number((time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7, 2, flag);
      case 'W' -> number((time.getDayOfYear() + 7 - time.getDayOfWeek().getValue()) / 7, 2, flag);
      case 'V' -> number(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, flag);
      case 'G' -> text.append(time.get(IsoFields.WEEK_BASED_YEAR));
      case 'n' -> text.append('\n');
      case 't' -> text.append('\t');
      case '%' -> text.append('%');
      case 'Z', 'z' -> {}
      default -> words(field, flag);
    }
  }

  private void words(char field, char flag) {
    var words =
        switch (field) {
          case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
          case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
          case 'b', 'h' -> month();
          case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
          case 'p' -> time.getHour() < 12 ? "AM" : "PM";
          case 'P' -> time.getHour() < 12 ? "am" : "pm";
          case 'D', 'x' -> of("%m/%d/%y", time);
          case 'F' -> of("%Y-%m-%d", time);
          case 'R' -> of("%H:%M", time);
          case 'T', 'X' -> of("%H:%M:%S", time);
          case 'r' -> of("%I:%M:%S %p", time);
          case 'c' -> of("%a %b %e %H:%M:%S %Y", time);
          default -> "%" + (flag == 0 ? "" : flag) + field;
        };
    text.append(flag == '^' ? words.toUpperCase(Locale.ROOT) : words);
  }

  /// Three letters; locale data has `Sept` in some versions.
  private String month() {
    return time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
  }

  private int hour12() {
    return (time.getHour() + 11) % 12 + 1;
  }

  private void number(int number, int width, char flag) {
    var digits = Integer.toString(number);
    if (flag != '-') {
      text.repeat(flag == '_' ? ' ' : '0', Math.max(0, width - digits.length()));
    }
    text.append(digits);
  }
}
