package dev.fader.answer;

import java.util.List;

/// The rest of a call that is not written as it should be: its arguments are what the model writes
/// up to the end of the call.
///
/// @param after the section that follows the call, whose tags end it
record BrokenSection(Reading reading, Section after) implements Section {
  @Override
  public List<Tag> tags() {
    return after.tags();
  }

  @Override
  public Section letter(char letter) {
    reading.out().arguments(letter);
    return this;
  }

  @Override
  public Section tag(Tag tag) {
    return after.tag(tag);
  }

  @Override
  public void end(boolean cut) {}
}
