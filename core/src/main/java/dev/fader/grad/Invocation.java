package dev.fader.grad;

import java.util.List;

/// The tokens that call an adapter (aLoRA, Greenewald et al. 2025, arXiv:2504.12397): it changes
/// the rows from the first of them on, where they occur last, and none before or without them.
public record Invocation(List<Integer> tokens) {
  /// @throws IllegalArgumentException if there are none
  public Invocation {
    tokens = List.copyOf(tokens);
    if (tokens.isEmpty()) {
      throw new IllegalArgumentException("an invocation of no tokens");
    }
  }

  /// How many tokens it has.
  public int length() {
    return tokens.size();
  }

  /// Token `index` of a text.
  @FunctionalInterface
  public interface Text {
    int at(int index);
  }

  /// Whether the invocation begins at `start`.
  public boolean isAt(Text text, int start) {
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.get(i) != text.at(start + i)) {
        return false;
      }
    }
    return true;
  }

  /// Where it last begins in tokens `from` to `end` of a text; -1 if nowhere.
  public int last(Text text, int from, int end) {
    for (int start = end - tokens.size(); start >= from; start--) {
      if (isAt(text, start)) {
        return start;
      }
    }
    return -1;
  }

  /// Where it first begins in the first `end` tokens of a text; -1 if nowhere.
  public int first(Text text, int end) {
    for (int start = 0; start + tokens.size() <= end; start++) {
      if (isAt(text, start)) {
        return start;
      }
    }
    return -1;
  }
}
