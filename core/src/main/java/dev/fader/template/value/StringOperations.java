package dev.fader.template.value;

import dev.fader.template.syntax.Characters;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/// The operations of Python's `str` on texts, keeping track of untrusted characters.
public final class StringOperations {
  private StringOperations() {}

  /// Which ends to strip.
  public enum Ends {
    LEFT,
    RIGHT,
    BOTH
  }

  /// Strips the characters of `set` from the ends, or white space for None.
  public static Text strip(Text text, Value set, Ends ends, RenderingBudget budget) {
    if (set instanceof Value.None) {
      return strip(text, ends);
    }
    var arguments = Values.text(set, "what strip() takes");
    budget.whole(arguments);
    var goes = new BitSet();
    arguments.characters().codePoints().forEach(goes::set);
    return strip(text, ends, goes::get);
  }

  /// Strips white space from the ends.
  public static Text strip(Text text, Ends ends) {
    return strip(text, ends, Characters::isSpace);
  }

  private static Text strip(Text text, Ends ends, IntPredicate goes) {
    var characters = text.characters();
    int from = 0;
    int to = characters.length();
    while (ends != Ends.RIGHT && from < to && goes.test(characters.codePointAt(from))) {
      from += Character.charCount(characters.codePointAt(from));
    }
    while (ends != Ends.LEFT && to > from && goes.test(characters.codePointBefore(to))) {
      to -= Character.charCount(characters.codePointBefore(to));
    }
    return text.slice(from, to);
  }

  /// `str.split`
  ///
  /// @param limit maximum number of splits, negative for unlimited
  public static List<Value> split(Text text, Value separator, long limit, RenderingBudget budget) {
    if (separator instanceof Value.None) {
      return splitBlank(text, limit, budget);
    }
    var by = needed(separator);
    var parts = new ArrayList<Value>();
    var search = new SubstringSearch(by);
    int from = 0;
    int found = search.first(text.characters(), from);
    while (found >= 0 && parts.size() != limit) {
      budget.step();
      parts.add(text.slice(from, found));
      from = found + by.length();
      found = search.first(text.characters(), from);
    }
    parts.add(text.slice(from, text.length()));
    return parts;
  }

  private static String needed(Value separator) {
    var by = Values.text(separator, "a separator").characters();
    if (by.isEmpty()) {
      throw new TemplateRuntimeException("empty separator; leave it out to split at white space");
    }
    return by;
  }

  private static List<Value> splitBlank(Text text, long limit, RenderingBudget budget) {
    var parts = new ArrayList<Value>();
    var characters = text.characters();
    int at = Characters.skipBlank(characters, 0);
    while (at < characters.length()) {
      budget.step();
      int end = at;
      while (end < characters.length() && !Characters.isSpace(characters.charAt(end))) {
        end++;
      }
      if (parts.size() == limit) {
        parts.add(text.slice(at, text.length()));
        return parts;
      }
      parts.add(text.slice(at, end));
      at = Characters.skipBlank(characters, end);
    }
    return parts;
  }

  /// The same from the right.
  public static List<Value> splitRight(
      Text text, Value separator, long limit, RenderingBudget budget) {
    if (separator instanceof Value.None) {
      return splitBlankRight(text, limit, budget);
    }
    var by = needed(separator);
    var parts = new ArrayList<Value>();
    int to = text.length();
    var search = new SubstringSearch(by);
    int found = search.last(text.characters(), to);
    while (found >= 0 && parts.size() != limit) {
      budget.step();
      parts.add(text.slice(found + by.length(), to));
      to = found;
      found = search.last(text.characters(), to);
    }
    parts.add(text.slice(0, to));
    Collections.reverse(parts);
    return parts;
  }

  private static List<Value> splitBlankRight(Text text, long limit, RenderingBudget budget) {
    var all = splitBlank(text, -1, budget);
    if (limit < 0 || all.size() <= limit) {
      return all;
    }
    var kept = new ArrayList<>(all.subList(all.size() - (int) limit, all.size()));
    int cut = text.length();
    for (int i = kept.size() - 1; i >= 0; i--) {
      cut = text.characters().lastIndexOf(((Text) kept.get(i)).characters(), cut - 1);
    }
    kept.addFirst(strip(text.slice(0, limit == 0 ? text.length() : cut), Ends.RIGHT));
    return kept;
  }

  public static List<Value> lines(Text text, boolean keepEnds, RenderingBudget budget) {
    var lines = new ArrayList<Value>();
    var characters = text.characters();
    int from = 0;
    for (int at = 0; at < characters.length(); at++) {
      if (Characters.isLineEnd(characters.charAt(at))) {
        budget.step();
        int next = characters.startsWith("\r\n", at) ? at + 2 : at + 1;
        lines.add(text.slice(from, keepEnds ? next : at));
        from = next;
        at = next - 1;
      }
    }
    if (from < characters.length()) {
      lines.add(text.slice(from, text.length()));
    }
    return lines;
  }

  public static Text join(Text separator, Iterable<Value> parts, RenderingBudget budget) {
    var builder = new TextBuilder(budget);
    boolean first = true;
    for (var part : parts) {
      if (!first) {
        builder.append(separator);
      }
      first = false;
      builder.append(Values.text(part, "what join() joins"));
    }
    return builder.text();
  }

  /// `str.replace`
  ///
  /// @param limit maximum number of replacements, negative for unlimited
  public static Text replace(
      Text text, Text before, Text after, long limit, RenderingBudget budget) {
    var characters = text.characters();
    var builder = new TextBuilder(budget);
    int from = 0;
    var search = new SubstringSearch(before.characters());
    int next = 0;
    for (long count = 0; count != limit; count++) {
      int found = search.first(characters, next);
      if (found < 0 || next > characters.length()) {
        break;
      }
      budget.step();
      builder.append(text, from, found).append(after);
      from = found + before.length();
      // The empty text occurs before each character and at the end.
      next = before.isEmpty() ? next(characters, found) : from;
    }
    return builder
        .append(text, Math.min(from, characters.length()), characters.length())
        .text()
        .withSafe(text.isSafe());
  }

  private static int next(String characters, int at) {
    return at < characters.length() ? at + Character.charCount(characters.codePointAt(at)) : at + 1;
  }

  public static Text upper(Text text, RenderingBudget budget) {
    return changed(text, text.characters().toUpperCase(Locale.ROOT), budget);
  }

  public static Text lower(Text text, RenderingBudget budget) {
    return changed(text, text.characters().toLowerCase(Locale.ROOT), budget);
  }

  private static Text changed(Text text, String changed, RenderingBudget budget) {
    budget.characters(changed.length());
    return text.changed(changed);
  }

  /// Upper-cases the first letter and lower-cases the rest.
  public static Text capitalize(Text text, RenderingBudget budget) {
    return cased(text, budget, true, (at, c) -> at == 0);
  }

  /// Upper-cases the first letter of every word and lower-cases the rest.
  public static Text title(Text text, RenderingBudget budget) {
    var characters = text.characters();
    return cased(
        text, budget, true, (at, c) -> at == 0 || !isCased(characters.codePointBefore(at)));
  }

  /// Selects the characters to upper-case; the rest are lower-cased.
  @FunctionalInterface
  public interface BigInt {
    boolean at(int place, int codePoint);
  }

  /// Converts letters to upper or lower case.
  ///
  /// @param titles whether to use title case, which differs for a few letters
  public static Text cased(Text text, RenderingBudget budget, boolean titles, BigInt large) {
    var changed = new StringBuilder();
    var characters = text.characters();
    for (int at = 0; at < characters.length(); ) {
      int c = characters.codePointAt(at);
      var one = Character.toString(c);
      if (large.at(at, c)) {
        changed.append(titles ? title(c) : one.toUpperCase(Locale.ROOT));
      } else {
        changed.append(one.toLowerCase(Locale.ROOT));
      }
      at += Character.charCount(c);
    }
    return changed(text, changed.toString(), budget);
  }

  /// Title case of one letter; of one that maps to several, such as the German sharp s, only the
  /// first is upper case.
  private static String title(int c) {
    int large = Character.toTitleCase(c);
    var upper = Character.toString(c).toUpperCase(Locale.ROOT);
    boolean several = upper.codePointCount(0, upper.length()) > 1;
    return large != c || !several
        ? Character.toString(large)
        : upper.substring(0, 1) + upper.substring(1).toLowerCase(Locale.ROOT);
  }

  public static Text swapCase(Text text, RenderingBudget budget) {
    return cased(text, budget, false, (at, c) -> Character.isLowerCase(c));
  }

  public static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  /// Whether there are cased letters, and all have this case.
  public static boolean isAll(Text text, boolean upper) {
    boolean any = false;
    for (int at = 0; at < text.length(); ) {
      int c = text.characters().codePointAt(at);
      if (isCased(c)) {
        if (Character.isUpperCase(c) != upper) {
          return false;
        }
        any = true;
      }
      at += Character.charCount(c);
    }
    return any;
  }
}
