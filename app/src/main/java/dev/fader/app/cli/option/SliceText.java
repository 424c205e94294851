package dev.fader.app.cli.option;

import dev.fader.inspect.tensor.TensorSlice.Range;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Rows and columns as they are written: `3,17`, `0:4,0:8`, `17,:`.
public final class SliceText {
  private static final String PART = "(\\d{1,18})?(:)?(\\d{1,18})?";
  private static final Pattern PARTS = Pattern.compile(PART + "," + PART);

  private final Matcher match;

  private SliceText(Matcher match) {
    this.match = match;
  }

  /// Reads a text.
  ///
  /// @throws IllegalArgumentException if it is none
  public static SliceText parse(String flag, String text) {
    var match = PARTS.matcher(text.replace(" ", ""));
    if (!match.matches() || isBare(match, 1) || isBare(match, 4)) {
      throw new IllegalArgumentException(
          "%s '%s' is not ROWS,COLUMNS, each a number or a range like 0:4 or :"
              .formatted(flag, text));
    }
    return new SliceText(match);
  }

  /// Whether a part is nothing, or two numbers without what is between them.
  private static boolean isBare(Matcher match, int group) {
    return match.group(group + 1) == null
        && (match.group(group) == null || match.group(group + 2) != null);
  }

  /// Whether it is one row and one column.
  public boolean isCell() {
    return match.group(2) == null && match.group(5) == null;
  }

  /// The row, of a cell.
  public long row() {
    return rows(0).from();
  }

  /// The column, of a cell.
  public long column() {
    return columns(0).from();
  }

  /// The rows of a tensor with so many.
  public Range rows(long count) {
    return range(1, count);
  }

  /// The columns of a tensor with so many.
  public Range columns(long count) {
    return range(4, count);
  }

  private Range range(int group, long count) {
    long from = number(group, 0);
    return match.group(group + 1) == null
        ? new Range(from, from + 1)
        : new Range(from, number(group + 2, count));
  }

  private long number(int group, long otherwise) {
    var text = match.group(group);
    return text == null ? otherwise : Long.parseLong(text);
  }
}
