package dev.fader.template.value;

import java.util.Arrays;

/// Builds a text and accounts for its cost.
public final class TextBuilder {
  private final RenderingBudget budget;
  private final StringBuilder characters = new StringBuilder();
  private Origin writing;
  private int[] bounds = new int[8];
  private Origin[] origins = new Origin[4];
  private int marks;

  public TextBuilder(RenderingBudget budget) {
    this(budget, Origin.TEMPLATE);
  }

  /// A builder of text that is written from `writing`.
  public TextBuilder(RenderingBudget budget, Origin writing) {
    this.budget = budget;
    this.writing = writing;
  }

  /// What follows is written from somewhere else.
  public void writing(Origin other) {
    writing = other;
  }

  public RenderingBudget budget() {
    return budget;
  }

  public int length() {
    return characters.length();
  }

  /// Appends text of the template.
  public TextBuilder append(String own) {
    return append(own, Origin.TEMPLATE);
  }

  public TextBuilder append(String more, Origin origin) {
    budget.characters(more.length());
    int from = characters.length();
    characters.append(more);
    mark(from, characters.length(), origin);
    return this;
  }

  public TextBuilder append(Text text) {
    return append(text, 0, text.length());
  }

  /// Appends `[from, to)` of a text.
  public TextBuilder append(Text text, int from, int to) {
    budget.characters(to - from);
    int at = characters.length();
    characters.append(text.characters(), from, to);
    int unmarked = from;
    for (int i = 0; i < text.marks(); i++) {
      int begin = Math.max(text.from(i), from);
      int end = Math.min(text.to(i), to);
      if (begin < end) {
        mark(at + unmarked - from, at + begin - from, Origin.TEMPLATE);
        mark(at + begin - from, at + end - from, text.origin(i));
        unmarked = end;
      }
    }
    mark(at + unmarked - from, at + to - from, Origin.TEMPLATE);
    return this;
  }

  public TextBuilder repeat(String own, long times) {
    if (times > 0) {
      budget.characters(times > Integer.MAX_VALUE ? Long.MAX_VALUE : times * own.length());
      int from = characters.length();
      characters.repeat(own, (int) times);
      mark(from, characters.length(), Origin.TEMPLATE);
    }
    return this;
  }

  private void mark(int from, int to, Origin own) {
    var origin = own.within(writing);
    if (from >= to || origin.equals(Origin.TEMPLATE)) {
      return;
    }
    if (marks > 0 && bounds[2 * marks - 1] == from && origins[marks - 1].equals(origin)) {
      bounds[2 * marks - 1] = to;
      return;
    }
    if (marks == origins.length) {
      bounds = Arrays.copyOf(bounds, 4 * marks);
      origins = Arrays.copyOf(origins, 2 * marks);
    }
    bounds[2 * marks] = from;
    bounds[2 * marks + 1] = to;
    origins[marks++] = origin;
  }

  public Text text() {
    return Text.marked(
        characters.toString(), Arrays.copyOf(bounds, 2 * marks), Arrays.copyOf(origins, marks));
  }

  public static Text join(RenderingBudget budget, Text first, Text second) {
    if (first.isEmpty()) {
      return second.withSafe(false);
    }
    return second.isEmpty()
        ? first.withSafe(false)
        : new TextBuilder(budget).append(first).append(second).text();
  }
}
