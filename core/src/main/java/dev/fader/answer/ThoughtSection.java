package dev.fader.answer;

import java.util.List;

/// A thought, after the tag that opens it.
final class ThoughtSection implements Section {
  private final Reading reading;
  private final List<Tag> tags;

  ThoughtSection(Reading reading) {
    this.reading = reading;
    this.tags = List.of(reading.thought().orElseThrow().close());
  }

  @Override
  public List<Tag> tags() {
    return tags;
  }

  @Override
  public Section letter(char letter) {
    reading.out().reasoning(letter);
    return this;
  }

  @Override
  public Section tag(Tag tag) {
    reading.out().border();
    return reading.content();
  }

  @Override
  public void end(boolean cut) {
    reading.out().border();
  }
}
