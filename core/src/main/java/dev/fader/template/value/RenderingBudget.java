package dev.fader.template.value;

/// The resources used by one rendering, and the current line of the template.
public final class RenderingBudget {
  private final int deepest;
  private final long mostSteps;
  private final long mostCharacters;
  private long steps;
  private long characters;
  private int depth;
  private int line = 1;

  /// @param deepest nesting of expressions, statements, calls and values
  /// @param mostSteps expressions and statements evaluated, items visited
  /// @param mostCharacters text produced on the way, output included, in UTF-16 units
  public RenderingBudget(int deepest, long mostSteps, long mostCharacters) {
    this.deepest = deepest;
    this.mostSteps = mostSteps;
    this.mostCharacters = mostCharacters;
  }

  public void step() {
    steps(1);
  }

  public void steps(long count) {
    steps += count;
    if (steps > mostSteps) {
      throw new TemplateRuntimeException(
          "more than %d steps of work; loops over long lists within each other?"
              .formatted(mostSteps));
    }
  }

  /// Accounts for this many characters of text.
  public void characters(long count) {
    if (count > mostCharacters - characters) {
      throw new TemplateRuntimeException(
          "more than %d characters of text; shorten the conversation".formatted(mostCharacters));
    }
    characters += count;
  }

  /// Accounts for reading and copying a text.
  public void whole(Text text) {
    steps(text.length() / 64);
    characters(text.length());
  }

  /// Accounts for this many list items.
  public void items(long count, long times) {
    if (times > 0 && count > mostSteps / times) {
      steps(mostSteps);
    }
    steps(Math.max(0, count * Math.max(0, times)));
  }

  public void enter() {
    step();
    if (++depth > deepest) {
      throw new TemplateRuntimeException(
          "calls, expressions or values more than %d deep within each other".formatted(deepest));
    }
  }

  public void leave() {
    depth--;
  }

  public void at(int statement) {
    line = statement;
  }

  public int line() {
    return line;
  }
}
