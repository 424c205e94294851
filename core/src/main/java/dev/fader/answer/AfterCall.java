package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;

/// What follows a call: its closing tag, white space, the next call, or content.
final class AfterCall implements Section {
  private final Reading reading;
  private final String separators;
  private final List<Tag> closings;
  private final List<Tag> tags;

  /// @param closings what calls end with
  /// @param separators letters that may stand between calls
  AfterCall(Reading reading, List<Tag> closings, String separators) {
    this.reading = reading;
    this.separators = separators;
    this.closings = closings;
    var all = new ArrayList<>(closings);
    all.addAll(reading.calls().orElseThrow().openings());
    this.tags = List.copyOf(all);
  }

  @Override
  public List<Tag> tags() {
    return tags;
  }

  @Override
  public Section letter(char letter) {
    boolean between = Character.isWhitespace(letter) || separators.indexOf(letter) >= 0;
    return between ? this : reading.content();
  }

  @Override
  public Section tag(Tag tag) {
    return closings.contains(tag) ? this : reading.calls().orElseThrow().open(tag, reading);
  }

  @Override
  public void end(boolean cut) {}
}
