package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;

/// The name of a tool, up to its arguments.
final class NameSection implements Section {
  /// More than any name, id and fence have.
  private static final int LONGEST = 400;

  private final Reading reading;
  private final NamedCalls syntax;
  private final AfterCall after;
  private final StringBuilder raw = new StringBuilder();
  private final StringBuilder part = new StringBuilder();
  private final List<String> parts = new ArrayList<>();
  private final List<Tag> tags;

  NameSection(Reading reading, String opening, NamedCalls syntax, AfterCall after) {
    this.reading = reading;
    this.syntax = syntax;
    this.after = after;
    this.raw.append(opening);
    this.tags = new ArrayList<>(syntax.tags().within());
    this.tags.addAll(syntax.closings());
  }

  @Override
  public List<Tag> tags() {
    return tags;
  }

  @Override
  public Section letter(char letter) {
    boolean empty = parts.isEmpty() && part.toString().isBlank();
    if (syntax.isMistral() && empty && (letter == '[' || letter == '{')) {
      return new CallListSection(reading, raw.toString(), after, false);
    }
    if (letter == '{') {
      return begin() ? new ArgumentsSection(reading, after) : broken();
    }
    if (raw.length() > LONGEST) {
      return broken();
    }
    raw.append(letter);
    part.append(letter);
    return this;
  }

  private boolean begin() {
    parts.add(part.toString());
    var name = syntax.name(parts);
    name.ifPresent(known ->
        syntax
            .id(parts)
            .ifPresentOrElse(id -> reading.out().call(id, known), () -> reading.out().call(known)));
    return name.isPresent();
  }

  private Section broken() {
    reading.out().content(raw);
    return reading.content();
  }

  @Override
  public Section tag(Tag tag) {
    if (syntax.tags().within().contains(tag)) {
      parts.add(part.toString());
      part.setLength(0);
      raw.append(tag.text());
      return raw.length() > LONGEST ? broken() : this;
    }
    if (begin()) { // without arguments
      reading.out().arguments("{}");
      reading.out().border();
      return after.tag(tag);
    }
    raw.append(tag.text());
    return broken();
  }

  @Override
  public void end(boolean cut) {
    if (!cut) {
      reading.out().content(raw);
      reading.out().finishContent();
    }
  }
}
