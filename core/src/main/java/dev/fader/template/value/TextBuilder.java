package dev.fader.template.value;

import java.util.Arrays;

/// Builds a text and accounts for its cost.
public final class TextBuilder {
  private final RenderingBudget budget;
  private final StringBuilder characters = new StringBuilder();
  private int[] untrusted = new int[8];
  private int marks;

  public TextBuilder(RenderingBudget budget) {
    this.budget = budget;
  }

  public RenderingBudget budget() {
    return budget;
  }

  public int length() {
    return characters.length();
  }

  /// Appends trusted text.
  public TextBuilder append(String own) {
    return append(own, false);
  }

  public TextBuilder append(String more, boolean isUntrusted) {
    budget.characters(more.length());
    int from = characters.length();
    characters.append(more);
    if (isUntrusted) {
      mark(from, characters.length());
    }
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
    if (text.hasUntrusted()) {
      int[] parts = text.untrusted();
      for (int i = 0; i < parts.length; i += 2) {
        mark(at + Math.max(parts[i], from) - from, at + Math.min(parts[i + 1], to) - from);
      }
    }
    return this;
  }

  public TextBuilder repeat(String own, long times) {
    if (times > 0) {
      budget.characters(times > Integer.MAX_VALUE ? Long.MAX_VALUE : times * own.length());
      characters.repeat(own, (int) times);
    }
    return this;
  }

  private void mark(int from, int to) {
    if (from >= to) {
      return;
    }
    if (marks > 0 && untrusted[marks - 1] == from) {
      untrusted[marks - 1] = to;
      return;
    }
    if (marks == untrusted.length) {
      untrusted = Arrays.copyOf(untrusted, 2 * marks);
    }
    untrusted[marks++] = from;
    untrusted[marks++] = to;
  }

  public Text text() {
    return Text.marked(characters.toString(), Arrays.copyOf(untrusted, marks));
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
