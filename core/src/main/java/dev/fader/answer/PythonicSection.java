package dev.fader.answer;

import java.util.List;

/// A list of calls in Python, with keywords for arguments. Where no tag says that these are calls,
/// the first one must be that of a tool. Some models write JSON in its place.
final class PythonicSection implements Section {
  private static final int LONGEST_NAME = 200;

  private enum Place {
    START,
    NAME,
    KEY,
    VALUE,
    AFTER, // a call
    DONE
  }

  private final Reading reading;
  private final Section after;
  private final boolean bare;
  private final StringBuilder raw = new StringBuilder(); // until a call has begun
  private final StringBuilder part = new StringBuilder(); // name or key
  private LiteralScanner literal = new LiteralScanner(LiteralScanner.Style.PYTHON);
  private Place place = Place.START;
  private boolean begun;
  private boolean listed; // in brackets
  private int parameters;

  /// @param opening what was read of the list
  /// @param after the section that follows the list
  /// @param bare whether no tag has said that these are calls
  PythonicSection(Reading reading, String opening, Section after, boolean bare) {
    this.reading = reading;
    this.raw.append(opening);
    this.after = after;
    this.bare = bare;
  }

  @Override
  public List<Tag> tags() {
    return place == Place.AFTER || place == Place.DONE ? after.tags() : List.of();
  }

  @Override
  public Section tag(Tag tag) {
    return after.tag(tag);
  }

  @Override
  public Section letter(char letter) {
    if (place == Place.DONE) {
      return after;
    }
    boolean space = Character.isWhitespace(letter) && place != Place.VALUE && part.isEmpty();
    if (!begun) {
      raw.append(letter);
    }
    if (space) {
      return this;
    }
    return switch (place) {
      case START -> start(letter);
      case NAME -> name(letter);
      case KEY -> key(letter);
      case VALUE -> value(letter);
      case AFTER, DONE -> after(letter);
    };
  }

  private Section start(char letter) {
    if (letter == '[' && !listed) {
      listed = true;
      return this;
    }
    if (letter == '{' && !bare) {
      raw.setLength(raw.length() - 1);
      return new CallListSection(reading, raw.toString(), after, listed);
    }
    place = Place.NAME;
    return name(letter);
  }

  private Section name(char letter) {
    if (letter != '(') {
      part.append(letter);
      boolean fits = DeclaredTools.isName(part) && part.length() <= LONGEST_NAME;
      return fits ? this : broken();
    }
    var name = part.toString();
    if (name.isEmpty() && begun) {
      return reading.content();
    }
    if (name.isEmpty() || (bare && !begun && !reading.tools().mayBe(name))) {
      return broken();
    }
    part.setLength(0);
    begun = true;
    parameters = 0;
    reading.out().call(name);
    reading.out().arguments('{');
    place = Place.KEY;
    return this;
  }

  private Section key(char letter) {
    if (letter == ')' && part.isEmpty()) {
      reading.out().arguments('}');
      reading.out().border();
      place = Place.AFTER;
      return this;
    }
    if (letter == ',' && part.isEmpty() && parameters > 0) {
      return this;
    }
    if (letter == '=' && !part.isEmpty()) {
      reading.out().arguments(parameters++ == 0 ? "" : ", ");
      reading.out().arguments(JsonStrings.quoted(part.toString().strip()) + ": ");
      part.setLength(0);
      literal = new LiteralScanner(LiteralScanner.Style.PYTHON);
      place = Place.VALUE;
      return this;
    }
    boolean fits = Character.isWhitespace(letter) || DeclaredTools.isName(String.valueOf(letter));
    if (!fits || part.length() == LONGEST_NAME) {
      return broken();
    }
    part.append(letter);
    return this;
  }

  private Section value(char letter) {
    boolean ends = letter == ',' || letter == ')';
    if (ends && literal.finish()) {
      reading.out().arguments(literal.take());
      place = Place.KEY;
      return key(letter);
    }
    if (!literal.accept(letter)) {
      return broken();
    }
    reading.out().arguments(literal.take());
    return this;
  }

  private Section after(char letter) {
    if (letter == ',' || letter == ';') {
      place = Place.NAME;
      return this;
    }
    if (letter == ']' && listed) {
      place = Place.DONE;
      return this;
    }
    if (!listed && !bare && DeclaredTools.isName(String.valueOf(letter))) { // on the next line
      place = Place.NAME;
      return name(letter);
    }
    return after;
  }

  private Section broken() {
    if (begun && place == Place.NAME) { // of another call
      part.setLength(part.length() - 1);
      reading.out().content(part);
      return reading.content();
    }
    if (begun) {
      reading.out().arguments(literal.take());
      reading.out().arguments(place == Place.VALUE ? literal.unfinished() : part);
      return bare ? reading.content() : new BrokenSection(reading, after);
    }
    raw.setLength(raw.length() - 1);
    reading.out().content(raw);
    return reading.content();
  }

  @Override
  public void end(boolean cut) {
    if (place == Place.DONE || place == Place.AFTER) {
      after.end(cut);
    } else if (!begun && (bare || !cut)) {
      reading.out().content(raw);
      reading.out().finishContent();
    }
  }
}
