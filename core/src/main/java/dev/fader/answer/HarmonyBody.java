package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;

/// A message of gpt-oss, a thought or content.
final class HarmonyBody implements Section {
  private final Reading reading;
  private final HarmonyTags tags;
  private final boolean thought;
  private final List<Tag> expected;

  HarmonyBody(Reading reading, HarmonyTags tags, boolean thought) {
    this.reading = reading;
    this.tags = tags;
    this.thought = thought;
    this.expected = new ArrayList<>(tags.ends());
    this.expected.add(tags.start());
    this.expected.add(tags.channel());
  }

  @Override
  public List<Tag> tags() {
    return expected;
  }

  @Override
  public Section letter(char letter) {
    if (thought) {
      reading.out().reasoning(letter);
    } else {
      reading.out().content(letter);
    }
    return this;
  }

  @Override
  public Section tag(Tag tag) {
    reading.out().border();
    return new HarmonyBetween(reading, tags).tag(tag);
  }

  @Override
  public void end(boolean cut) {
    if (thought) {
      reading.out().border();
    } else {
      reading.out().finishContent();
    }
  }
}
