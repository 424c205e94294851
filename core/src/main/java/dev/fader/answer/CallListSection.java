package dev.fader.answer;

import java.util.List;

/// A call as a JSON object, or a JSON array of them.
final class CallListSection implements Section {
  private enum Place {
    START,
    ITEM,
    BETWEEN,
    DONE
  }

  private final Reading reading;
  private final Section after;
  private final StringBuilder raw = new StringBuilder();
  private Place place;

  /// @param opening what was read of the calls
  /// @param after the section that follows them
  /// @param listed whether the array has begun
  CallListSection(Reading reading, String opening, Section after, boolean listed) {
    this.reading = reading;
    this.raw.append(opening);
    this.after = after;
    this.place = listed ? Place.ITEM : Place.START;
  }

  @Override
  public List<Tag> tags() {
    return place == Place.BETWEEN || place == Place.DONE ? after.tags() : List.of();
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
    if (JsonScanner.isSpace(letter)) {
      raw.append(letter);
      return this;
    }
    switch (place) {
      case START -> {
        if (letter == '{') {
          return new EnvelopeSection(reading, raw.toString(), after, false);
        }
        if (letter != '[') {
          return broken();
        }
        place = Place.ITEM;
        raw.append(letter);
      }
      case ITEM -> {
        if (letter != '{') {
          return broken();
        }
        place = Place.BETWEEN;
        var opening = raw.toString();
        raw.setLength(0);
        return new EnvelopeSection(reading, opening, this, false);
      }
      case BETWEEN -> {
        if (letter != ',' && letter != ']') {
          return after;
        }
        place = letter == ',' ? Place.ITEM : Place.DONE;
        raw.setLength(0);
      }
      case DONE -> throw new IllegalStateException("the list has ended");
    }
    return this;
  }

  private Section broken() {
    reading.out().content(raw);
    return reading.content();
  }

  @Override
  public void end(boolean cut) {
    if (place == Place.DONE || place == Place.BETWEEN) {
      after.end(cut);
    } else if (!cut) {
      reading.out().content(raw);
      reading.out().finishContent();
    }
  }
}
