package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;

/// What stands before the first of several calls, after the tag that begins them all: white space.
final class BetweenCalls implements Section {
  private final Reading reading;
  private final StringBuilder raw = new StringBuilder();
  private final CallSyntax syntax;
  private final List<Tag> tags;

  BetweenCalls(Reading reading, String opening, CallSyntax syntax) {
    this.reading = reading;
    this.raw.append(opening);
    this.syntax = syntax;
    this.tags = new ArrayList<>(syntax.openings());
  }

  @Override
  public List<Tag> tags() {
    return tags;
  }

  @Override
  public Section letter(char letter) {
    if (Character.isWhitespace(letter)) {
      raw.append(letter);
      return this;
    }
    reading.out().content(raw);
    return reading.content();
  }

  @Override
  public Section tag(Tag tag) {
    return syntax.open(tag, reading);
  }

  @Override
  public void end(boolean cut) {
    if (!cut) {
      reading.out().content(raw);
      reading.out().finishContent();
    }
  }
}
