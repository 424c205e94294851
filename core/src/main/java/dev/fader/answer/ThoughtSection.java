package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;

/// A thought, after the tag that opens it.
final class ThoughtSection implements Section {
  private final Reading reading;
  private final ThoughtTags thought;
  private final List<Tag> tags = new ArrayList<>();
  private int labelled; // letters of the label, -1 when it has ended

  /// @param open whether its label comes next, if it has one
  ThoughtSection(Reading reading, boolean open) {
    this.reading = reading;
    this.thought = reading.thought().orElseThrow();
    this.labelled = open && !thought.label().isEmpty() ? 0 : -1;
    tags.add(thought.close());
    if (thought.endsByCalls()) { // the same letters by other tokens may be part of it
      reading
          .calls()
          .ifPresent(calls -> calls.openings().stream().filter(Tag::isToken).forEach(tags::add));
    }
  }

  @Override
  public List<Tag> tags() {
    return tags;
  }

  @Override
  public Section letter(char letter) {
    if (labelled >= 0) {
      var label = thought.label();
      if (labelled < label.length() && label.charAt(labelled) == letter) {
        labelled++;
        return this;
      }
      boolean whole = labelled == label.length() && Character.isWhitespace(letter);
      endLabel(whole);
    }
    reading.out().reasoning(letter);
    return this;
  }

  private void endLabel(boolean whole) {
    for (int i = 0; i < labelled && !whole; i++) {
      reading.out().reasoning(thought.label().charAt(i));
    }
    labelled = -1;
  }

  @Override
  public Section tag(Tag tag) {
    endLabel(labelled == thought.label().length());
    reading.out().border();
    return tag.equals(thought.close())
        ? reading.content()
        : reading.calls().orElseThrow().open(tag, reading);
  }

  @Override
  public void end(boolean cut) {
    endLabel(cut || labelled == thought.label().length());
    reading.out().border();
  }
}
