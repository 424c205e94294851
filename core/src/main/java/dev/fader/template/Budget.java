package dev.fader.template;

/// What one rendering has used of its limits, and the line of the template where it is.
final class Budget {
  private final Limits limits;
  private long steps;
  private long characters;
  private int depth;
  private int line = 1;

  Budget(Limits limits) {
    this.limits = limits;
  }

  void step() {
    steps(1);
  }

  void steps(long count) {
    steps += count;
    if (steps > limits.steps()) {
      throw new Problem(
          "more than %d steps of work; loops over long lists within each other?"
              .formatted(limits.steps()));
    }
  }

  /// Room for so many more characters of text.
  void characters(long count) {
    if (count > limits.characters() - characters) {
      throw new Problem(
          "more than %d characters of text; shorten the conversation"
              .formatted(limits.characters()));
    }
    characters += count;
  }

  /// Looking through all of a text, and a copy of it.
  void whole(Text text) {
    steps(text.length() / 64);
    characters(text.length());
  }

  /// Room for so many more items of a list.
  void items(long count, long times) {
    if (times > 0 && count > limits.steps() / times) {
      steps(limits.steps());
    }
    steps(Math.max(0, count * Math.max(0, times)));
  }

  void enter() {
    step();
    if (++depth > limits.depth()) {
      throw new Problem(
          "calls, expressions or values more than %d deep within each other"
              .formatted(limits.depth()));
    }
  }

  void leave() {
    depth--;
  }

  void at(int statement) {
    line = statement;
  }

  int line() {
    return line;
  }
}
