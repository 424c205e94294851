package dev.fader.app.view;

import dev.fader.inspect.tensor.TensorSlice.Range;
import java.util.regex.Pattern;

/// Rows and columns as they are written: `3,17`, `0:4,0:8`, `17,:`; or as faders name them, with
/// the last one told: `[3][17]`, `[0-3][0-7]`, `[17][*]`.
public final class SliceText {
  private static final String NUMBER = "(\\d{1,18})";
  private static final Pattern RANGE = Pattern.compile(NUMBER + "?:" + NUMBER + "?");
  private static final Pattern ONE = Pattern.compile(NUMBER);
  private static final Pattern NAMED = Pattern.compile(NUMBER + "-" + NUMBER);

  private final Part rows;
  private final Part columns;

  /// From a number on to another, which is left out; to the end if that is negative.
  private record Part(long from, long end, boolean single) {
    Range range(long count) {
      return new Range(from, end < 0 ? count : end);
    }
  }

  private SliceText(Part rows, Part columns) {
    this.rows = rows;
    this.columns = columns;
  }

  /// Reads a text.
  ///
  /// @param flag or field that has it, for what is said of it
  /// @throws IllegalArgumentException if it is none
  public static SliceText parse(String flag, String text) {
    var plain = text.replace(" ", "");
    boolean named = plain.startsWith("[") && plain.endsWith("]");
    var parts =
        named ? plain.substring(1, plain.length() - 1).split("\\]\\[", -1) : plain.split(",", -1);
    if (parts.length != 2) {
      throw wrong(flag, text);
    }
    try {
      return named
          ? new SliceText(named(parts[0]), named(parts[1]))
          : new SliceText(part(parts[0]), part(parts[1]));
    } catch (NumberFormatException none) {
      throw wrong(flag, text);
    }
  }

  private static Part part(String text) {
    var range = RANGE.matcher(text);
    if (range.matches()) {
      long from = range.group(1) == null ? 0 : Long.parseLong(range.group(1));
      return new Part(from, range.group(2) == null ? -1 : Long.parseLong(range.group(2)), false);
    }
    return one(text);
  }

  private static Part named(String text) {
    var range = NAMED.matcher(text);
    if (range.matches()) {
      return new Part(Long.parseLong(range.group(1)), Long.parseLong(range.group(2)) + 1, false);
    }
    return text.equals("*") ? new Part(0, -1, false) : one(text);
  }

  private static Part one(String text) {
    if (!ONE.matcher(text).matches()) {
      throw new NumberFormatException(text);
    }
    long number = Long.parseLong(text);
    return new Part(number, number + 1, true);
  }

  private static IllegalArgumentException wrong(String flag, String text) {
    return new IllegalArgumentException(
        "%s '%s' is not ROWS,COLUMNS, each a number or a range like 0:4 or :"
            .formatted(flag, text));
  }

  /// Whether it is one row and one column.
  public boolean isCell() {
    return rows.single && columns.single;
  }

  /// The row, of a cell.
  public long row() {
    return rows.from;
  }

  /// The column, of a cell.
  public long column() {
    return columns.from;
  }

  /// The rows of a tensor with so many.
  public Range rows(long count) {
    return rows.range(count);
  }

  /// The columns of a tensor with so many.
  public Range columns(long count) {
    return columns.range(count);
  }
}
