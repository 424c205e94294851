package dev.fader.answer;

import java.util.List;

/// The recipient of a message, to the end of its line.
final class RecipientSection implements Section {
  /// Longer than any name.
  private static final int LONGEST = 200;

  private final Reading reading;
  private final StringBuilder raw = new StringBuilder();
  private final StringBuilder name = new StringBuilder();

  /// @param opening what was read of the message
  RecipientSection(Reading reading, String opening) {
    this.reading = reading;
    this.raw.append(opening);
  }

  @Override
  public Section letter(char letter) {
    if (letter != '\n') {
      if (name.length() == LONGEST) {
        return broken();
      }
      raw.append(letter);
      name.append(letter);
      return this;
    }
    var recipient = name.toString().strip();
    if (recipient.equals(RecipientCalls.ALL)) {
      reading.out().border();
      return reading.content();
    }
    boolean called =
        reading.calls().isPresent()
            && DeclaredTools.isName(recipient)
            && reading.tools().mayBe(recipient);
    if (!called) {
      return broken();
    }
    reading.out().call(recipient);
    return new ArgumentsSection(reading, new AfterCall(reading, List.of(), ""));
  }

  private Section broken() {
    reading.out().content(raw);
    return reading.content();
  }

  @Override
  public void end(boolean cut) {
    if (!cut) {
      reading.out().content(raw);
      reading.out().finishContent();
    }
  }
}
