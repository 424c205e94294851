package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;

/// Text for the user.
final class ContentSection implements Section {
  private final Reading reading;
  private final List<Tag> tags;
  private final char bare;

  ContentSection(Reading reading) {
    this.reading = reading;
    var all = new ArrayList<Tag>();
    reading.thought().ifPresent(thought -> all.add(thought.open()));
    reading.calls().ifPresent(calls -> all.addAll(calls.openings()));
    all.addAll(reading.frames());
    this.tags = List.copyOf(all);
    this.bare = reading.calls().map(CallSyntax::bareLetter).orElse((char) 0);
  }

  @Override
  public List<Tag> tags() {
    return tags;
  }

  @Override
  public Section letter(char letter) {
    if (letter == bare && bare != 0) {
      return reading.calls().orElseThrow().bare(reading);
    }
    reading.out().content(letter);
    return this;
  }

  @Override
  public Section tag(Tag tag) {
    if (reading.thought().isPresent() && reading.thought().get().open().equals(tag)) {
      reading.out().border();
      return new ThoughtSection(reading, true);
    }
    if (reading.frames().contains(tag)) {
      reading.out().border();
      return this;
    }
    return reading.calls().orElseThrow().open(tag, reading);
  }

  @Override
  public void end(boolean cut) {
    reading.out().finishContent();
  }
}
