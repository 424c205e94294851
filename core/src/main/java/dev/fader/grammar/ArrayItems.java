package dev.fader.grammar;

import java.util.List;

/// The items of an array.
///
/// @param firsts rules of the first ones, all of which are written
/// @param rest the rule of those that follow
/// @param least how many there are at least
/// @param most how many there are at most
record ArrayItems(List<String> firsts, String rest, int least, int most) {
  String gbnf() {
    if (most == 0) {
      return "\"[\" ws \"]\"";
    }
    var items = new StringBuilder();
    for (var first : firsts) {
      items.append(items.isEmpty() ? "" : "\",\" ws ").append(first).append(" ws ");
    }
    if (firsts.isEmpty()) {
      items.append(rest).append(" ws ");
    }
    int written = Math.max(1, firsts.size());
    if (most > written) {
      items.append("(\",\" ws ").append(rest).append(" ws){");
      items.append(Math.max(0, least - written)).append(',');
      items.append(most == Integer.MAX_VALUE ? "" : Integer.toString(most - written)).append('}');
    }
    boolean mayBeEmpty = least == 0 && firsts.isEmpty();
    return "\"[\" ws " + (mayBeEmpty ? "(" + items + ")?" : items) + " \"]\"";
  }
}
