package dev.fader.answer;

import dev.fader.answer.JsonScanner.Place;
import java.util.List;

/// A call as a JSON object, `{"name": ..., "arguments": {...}}`.
///
/// It is a call as soon as the name is known. Where no tag says so, it is one only when the object
/// is complete, has the name of a tool and arguments. What turns out to be none is content.
final class EnvelopeSection implements Section {
  private final Reading reading;
  private final Section after;
  private final boolean bare; // no tag has said that this is a call
  private final StringBuilder raw = new StringBuilder(); // until it is known to be a call
  private final JsonScanner scanner = new JsonScanner();
  private final StringBuilder key = new StringBuilder();
  private final StringBuilder value = new StringBuilder();
  private final StringBuilder early = new StringBuilder(); // arguments before the name
  private Member member = Member.NONE;
  private String name = "";
  private boolean begun;
  private boolean hasArguments;
  private boolean done;

  /// What is being read of the object.
  private enum Member {
    NONE,
    NAME,
    ARGUMENTS, // an object
    TEXT, // arguments within a string
    OTHER
  }

  /// @param opening what was read of the call
  /// @param after the section that follows the object
  /// @param bare whether no tag has said that this is a call
  EnvelopeSection(Reading reading, String opening, Section after, boolean bare) {
    this.reading = reading;
    this.raw.append(opening);
    this.after = after;
    this.bare = bare;
  }

  @Override
  public List<Tag> tags() {
    return done ? after.tags() : List.of();
  }

  @Override
  public Section tag(Tag tag) {
    return after.tag(tag);
  }

  @Override
  public Section letter(char letter) {
    if (done) {
      return after;
    }
    var before = scanner.place();
    int depth = scanner.depth();
    boolean startsObject = depth > 0 || letter == '{' || JsonScanner.isSpace(letter);
    if (!startsObject || !scanner.accept(letter) || !take(before, depth, letter)) {
      return broken();
    }
    if (!begun) {
      raw.append(letter);
    }
    if (scanner.isDone()) {
      if (!complete()) {
        raw.setLength(raw.length() - 1);
        return broken();
      }
      done = true;
    }
    return this;
  }

  /// Follows the members of the object; false if this is no call.
  private boolean take(Place before, int depth, char letter) {
    if (depth == 1 && before == Place.KEY_STRING && scanner.isInString()) {
      key.append(letter);
    }
    if (depth == 1 && before == Place.VALUE && !JsonScanner.isSpace(letter)) {
      if (!begin(letter)) {
        return false;
      }
    }
    if (member == Member.NONE) {
      return true;
    }
    boolean ends =
        scanner.isDone()
            || (scanner.depth() == 1
                && switch (scanner.place()) {
                  case AFTER, KEY -> true;
                  default -> false;
                });
    // What ends a number is no part of it.
    boolean within = depth > 1 || before != Place.NUMBER || scanner.place() == Place.NUMBER;
    if (within) {
      letterOfValue(before, letter);
    }
    return !ends || end();
  }

  /// A value of the object begins.
  private boolean begin(char letter) {
    value.setLength(0);
    member =
        switch (key.toString()) {
          case "name", "tool_name" -> Member.NAME;
          case "arguments", "parameters" ->
              letter == '{' ? Member.ARGUMENTS : letter == '"' ? Member.TEXT : Member.OTHER;
          default -> Member.OTHER;
        };
    boolean known =
        member != Member.OTHER
            || switch (key.toString()) {
              case "type", "id", "arguments", "parameters" -> true;
              default -> !bare;
            };
    key.setLength(0);
    boolean twice =
        (member == Member.NAME && !name.isEmpty())
            || ((member == Member.ARGUMENTS || member == Member.TEXT) && hasArguments);
    hasArguments |= member == Member.ARGUMENTS || member == Member.TEXT;
    return known && !twice;
  }

  private void letterOfValue(Place before, char letter) {
    switch (member) {
      case ARGUMENTS -> {
        boolean inString = before == Place.STRING || before == Place.KEY_STRING;
        var json = inString ? JsonStrings.withoutControl(letter) : String.valueOf(letter);
        if (begun) {
          reading.out().arguments(json);
        } else {
          early.append(json);
        }
      }
      case NAME, TEXT -> value.append(letter);
      case OTHER, NONE -> {}
    }
  }

  /// A value of the object ends.
  private boolean end() {
    var ended = member;
    member = Member.NONE;
    if (ended == Member.NAME) {
      if (value.length() < 3 || value.charAt(0) != '"') {
        return false;
      }
      name = JsonStrings.decoded(value.substring(1, value.length() - 1));
      if (bare && !reading.tools().mayBe(name)) {
        return false;
      }
      if (!bare) {
        beginCall();
      }
    } else if (ended == Member.TEXT) {
      early.append(withinText());
      if (begun) {
        reading.out().arguments(early);
        early.setLength(0);
      }
    }
    return true;
  }

  /// Arguments as an object within a string; other strings are themselves.
  private String withinText() {
    var text = JsonStrings.decoded(value.substring(1, value.length() - 1));
    var json = new JsonArguments();
    for (int i = 0; i < text.length(); i++) {
      if (json.isDone() || json.accept(text.charAt(i)).isEmpty()) {
        return value.toString();
      }
    }
    return json.isDone() ? text : value.toString();
  }

  private void beginCall() {
    if (!begun && !name.isEmpty()) {
      begun = true;
      raw.setLength(0);
      reading.out().call(name);
      reading.out().arguments(early);
      early.setLength(0);
    }
  }

  private boolean complete() {
    if (hasArguments) {
      beginCall();
    }
    if (!begun) {
      return false;
    }
    if (!hasArguments) {
      reading.out().arguments("{}");
    }
    reading.out().border();
    return true;
  }

  private Section broken() {
    if (begun) {
      return new BrokenSection(reading, after);
    }
    reading.out().content(raw);
    return reading.content();
  }

  @Override
  public void end(boolean cut) {
    if (done) {
      after.end(cut);
      return;
    }
    if (cut && hasArguments) {
      beginCall();
    }
    if (!begun && (bare || !cut)) {
      reading.out().content(raw);
      reading.out().finishContent();
    }
  }
}
