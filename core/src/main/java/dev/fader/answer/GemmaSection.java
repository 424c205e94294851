package dev.fader.answer;

import java.util.List;

/// One call in Gemma's notation, or several without anything between them.
final class GemmaSection implements Section {
  private static final String CALL = "call:";
  private static final int LONGEST_NAME = 200;

  private final Reading reading;
  private final GemmaCalls syntax;
  private final AfterCall after;
  private final List<Tag> quotes;
  private final StringBuilder raw = new StringBuilder();
  private final StringBuilder name = new StringBuilder();
  private LiteralScanner literal = new LiteralScanner(LiteralScanner.Style.GEMMA);
  private boolean begun;
  private int said; // letters of `call:`

  GemmaSection(Reading reading, String opening, GemmaCalls syntax) {
    this.reading = reading;
    this.syntax = syntax;
    this.raw.append(opening);
    this.after = new AfterCall(reading, List.of(syntax.close()), ",");
    this.quotes = List.of(syntax.quote());
  }

  @Override
  public List<Tag> tags() {
    return !begun || literal.isInQuotes() ? List.of() : literal.isDone() ? after.tags() : quotes;
  }

  @Override
  public Section letter(char letter) {
    if (literal.isDone()) {
      // Another call may follow at once.
      return letter == 'c' ? new GemmaSection(reading, "", syntax) : after;
    }
    return begun ? argument(letter) : header(letter);
  }

  private Section header(char letter) {
    boolean space = Character.isWhitespace(letter) && name.isEmpty();
    if (said < CALL.length()) {
      if (letter == CALL.charAt(said)) {
        said++;
      } else if (!space || said > 0) {
        return broken();
      }
    } else if (letter == '{') {
      if (!DeclaredTools.isName(name)) {
        return broken();
      }
      begun = true;
      reading.out().call(name.toString());
      return argument(letter);
    } else if (name.length() > LONGEST_NAME) {
      return broken();
    } else if (!space) {
      name.append(letter);
    }
    raw.append(letter);
    return this;
  }

  private Section broken() {
    reading.out().content(raw);
    return reading.content();
  }

  private Section argument(char letter) {
    if (!literal.accept(letter)) {
      return new BrokenSection(reading, after);
    }
    write();
    return this;
  }

  private void write() {
    reading.out().arguments(literal.take());
    if (literal.isDone()) {
      reading.out().border();
    }
  }

  @Override
  public Section tag(Tag tag) {
    if (literal.isDone()) {
      return after.tag(tag);
    }
    if (!literal.acceptQuote()) {
      reading.out().arguments(tag.text());
      return new BrokenSection(reading, after);
    }
    write();
    return this;
  }

  @Override
  public void end(boolean cut) {
    if (literal.isDone()) {
      after.end(cut);
    } else if (!begun && !cut) {
      reading.out().content(raw);
      reading.out().finishContent();
    }
  }
}
