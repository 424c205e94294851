package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// What stands before a message of gpt-oss: whose it is, to whom, and on which channel.
final class HarmonyHeader implements Section {
  private static final int LONGEST = 400;
  private static final Pattern RECIPIENT = Pattern.compile("\\bto=([A-Za-z0-9_.:-]+)");
  private static final String FUNCTIONS = "functions.";

  private final Reading reading;
  private final HarmonyTags tags;
  private final List<Tag> expected;
  private final StringBuilder raw = new StringBuilder();
  private boolean onChannel;
  private int channel = -1; // where its name begins

  /// A header after the prompt, which has begun it.
  HarmonyHeader(Reading reading, HarmonyTags tags) {
    this.reading = reading;
    this.tags = tags;
    this.expected =
        new ArrayList<>(List.of(tags.channel(), tags.constrain(), tags.message(), tags.start()));
  }

  /// A header from a tag on.
  HarmonyHeader(Reading reading, HarmonyTags tags, Tag opening) {
    this(reading, tags);
    tag(opening);
  }

  @Override
  public List<Tag> tags() {
    return expected;
  }

  @Override
  public Section letter(char letter) {
    boolean plain = raw.isEmpty() && letter != ' ';
    if (plain || raw.length() > LONGEST) {
      reading.out().content(raw);
      return new HarmonyBody(reading, tags, false);
    }
    raw.append(letter);
    return this;
  }

  @Override
  public Section tag(Tag tag) {
    raw.append(tag.text());
    if (tag.equals(tags.channel())) {
      onChannel = true;
      channel = raw.length();
    }
    return tag.equals(tags.message()) ? body() : this;
  }

  private Section body() {
    var header = raw.toString().replace("<|", " <|");
    var recipient = RECIPIENT.matcher(header);
    if (recipient.find() && reading.calls().isPresent()) {
      var name = recipient.group(1);
      if (!name.equals("all") && !name.equals("user")) {
        reading.out().call(name.startsWith(FUNCTIONS) ? name.substring(FUNCTIONS.length()) : name);
        return new ArgumentsSection(reading, new HarmonyBetween(reading, tags));
      }
    }
    boolean thought = onChannel && raw.substring(channel).strip().startsWith("analysis");
    reading.out().border();
    return new HarmonyBody(reading, tags, thought);
  }

  @Override
  public void end(boolean cut) {
    if (!cut && !onChannel) {
      reading.out().content(raw);
      reading.out().finishContent();
    }
  }
}
