package dev.fader.answer;

import java.util.List;

/// The arguments of a call that has begun, a JSON object.
final class ArgumentsSection implements Section {
  private final Reading reading;
  private final Section after;
  private final JsonArguments json = new JsonArguments();
  private boolean empty = true;

  /// @param after the section that follows the object
  ArgumentsSection(Reading reading, Section after) {
    this.reading = reading;
    this.after = after;
  }

  @Override
  public List<Tag> tags() {
    return json.isInString() ? List.of() : after.tags();
  }

  @Override
  public Section letter(char letter) {
    if (json.isDone()) {
      return after;
    }
    var written = json.accept(letter);
    if (written.isEmpty()) {
      return new BrokenSection(reading, after);
    }
    empty &= written.get().isEmpty();
    reading.out().arguments(written.get());
    if (json.isDone()) {
      reading.out().border();
    }
    return this;
  }

  @Override
  public Section tag(Tag tag) {
    endEmpty();
    reading.out().border();
    return after.tag(tag);
  }

  private void endEmpty() {
    if (empty) {
      reading.out().arguments("{}");
    }
  }

  @Override
  public void end(boolean cut) {
    if (!cut) {
      endEmpty();
    }
    if (json.isDone()) {
      after.end(cut);
    }
  }
}
