package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;

/// What stands between two messages of gpt-oss.
final class HarmonyBetween implements Section {
  private final Reading reading;
  private final HarmonyTags tags;
  private final List<Tag> expected;

  HarmonyBetween(Reading reading, HarmonyTags tags) {
    this.reading = reading;
    this.tags = tags;
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
    return Character.isWhitespace(letter) ? this : new HarmonyBody(reading, tags, false);
  }

  @Override
  public Section tag(Tag tag) {
    return tags.ends().contains(tag) ? this : new HarmonyHeader(reading, tags, tag);
  }

  @Override
  public void end(boolean cut) {}
}
