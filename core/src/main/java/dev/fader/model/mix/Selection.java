package dev.fader.model.mix;

import dev.fader.format.FormatException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/// Some of the layers, heads, rows or whatever is counted from 0 on. As text: `*` for all, or
/// numbers and ranges with commas between them, `0-5,7`.
///
/// @param ranges at least one
public record Selection(List<Range> ranges) {
  /// All there are.
  public static final Selection ALL = new Selection(List.of(new Range(0, Integer.MAX_VALUE)));

  /// Several that follow each other.
  ///
  /// @param first counted from 0
  /// @param last itself included
  public record Range(int first, int last) {
    public Range {
      if (first < 0 || last < first) {
        throw new MixException(
            "%d-%d is no range: give the lower number first, counted from 0"
                .formatted(first, last));
      }
    }

    private String text() {
      return first == last ? Integer.toString(first) : first + "-" + last;
    }
  }

  public Selection {
    ranges = List.copyOf(ranges);
    if (ranges.isEmpty()) {
      throw new MixException("nothing is selected: give numbers such as 3 or 0-5,7, or * for all");
    }
  }

  /// One of them.
  public static Selection of(int number) {
    return new Selection(List.of(new Range(number, number)));
  }

  /// Reads the text of one.
  ///
  /// @throws MixException if it is none
  public static Selection parse(String text) {
    if (text.equals("*")) {
      return ALL;
    }
    var ranges = new ArrayList<Range>();
    for (var part : text.split(",", -1)) {
      int dash = part.indexOf('-');
      ranges.add(
          dash < 0
              ? new Range(number(part, text), number(part, text))
              : new Range(
                  number(part.substring(0, dash), text), number(part.substring(dash + 1), text)));
    }
    return new Selection(ranges);
  }

  private static int number(String digits, String text) {
    if (!digits.isEmpty() && digits.length() < 10 && digits.chars().allMatch(Selection::isDigit)) {
      return Integer.parseInt(digits);
    }
    throw new MixException(
        "%s selects nothing: give numbers such as 3 or 0-5,7, or * for all"
            .formatted(FormatException.quoted(text)));
  }

  private static boolean isDigit(int sign) {
    return sign >= '0' && sign <= '9';
  }

  /// Whether it is all of them, however many there are.
  public boolean isAll() {
    return equals(ALL);
  }

  /// The only number that is selected, if it is one.
  public OptionalInt single() {
    var range = ranges.getFirst();
    return ranges.size() == 1 && range.first == range.last
        ? OptionalInt.of(range.first)
        : OptionalInt.empty();
  }

  /// Whether one of some numbers is selected.
  boolean hasAny(int... numbers) {
    for (var range : ranges) {
      for (int number : numbers) {
        if (range.first <= number && number <= range.last) {
          return true;
        }
      }
    }
    return false;
  }

  /// Makes sure that there is all that is selected, where there are `count`.
  ///
  /// @param of what they are, as in "this model has heads 0 to 7"
  /// @throws MixException if one is selected that is not there
  void require(int count, String of) {
    for (var range : ranges) {
      if (!isAll() && range.last >= count) {
        throw new MixException(
            "the mix turns %s %d, which is not there: this model has %s"
                .formatted(of, range.last, count == 0 ? "none" : "0 to " + (count - 1)));
      }
    }
  }

  /// Those of `count` that are selected, in rising order.
  ///
  /// @param of what they are, as in "this model has heads 0 to 7"
  /// @throws MixException if one is selected that is not there
  List<Integer> of(int count, String of) {
    require(count, of);
    var rising = new ArrayList<>(ranges);
    rising.sort(Comparator.comparingInt(Range::first));
    var numbers = new ArrayList<Integer>();
    int next = 0;
    for (var range : rising) {
      for (next = Math.max(next, range.first); next <= range.last && next < count; next++) {
        numbers.add(next);
      }
    }
    return numbers;
  }

  @Override
  public String toString() {
    return isAll() ? "*" : String.join(",", ranges.stream().map(Range::text).toList());
  }
}
