package dev.fader.answer;

import java.util.ArrayList;
import java.util.List;

/// One call whose parameters stand between tags. A parameter is told when its value has ended,
/// since only then it is known what it is.
final class XmlCallSection implements Section {
  private static final int LONGEST_NAME = 200;
  private static final Tag ATTRIBUTE_END = Tag.ofLetters("\">");

  private enum Place {
    SECTION, // before the name's tag
    NAME,
    PARAMETERS,
    KEY,
    BEFORE_VALUE,
    ATTRIBUTE,
    VALUE,
    DONE
  }

  /// The tags, and the section that follows the call.
  record Syntax(XmlCalls calls, AfterCall after) {}

  private final Reading reading;
  private final XmlCalls syntax;
  private final AfterCall after;
  private final StringBuilder raw = new StringBuilder(); // until the name is known
  private final StringBuilder part = new StringBuilder(); // name, key or value
  private Place place = Place.SECTION;
  private List<Tag> tags = List.of();
  private String name = "";
  private String key = "";
  private String attribute = "";
  private int parameters;
  private final Tag nextKey; // on the line after a value without an end
  private final Tag nextEnd; // the same

  /// @param named whether the name of the tool comes next
  XmlCallSection(Reading reading, String opening, Syntax syntax, boolean named) {
    this.reading = reading;
    this.syntax = syntax.calls;
    this.after = syntax.after;
    this.raw.append(opening);
    this.nextKey = Tag.ofLetters("\n" + this.syntax.parameter().key().text());
    this.nextEnd = Tag.ofLetters("\n" + this.syntax.callEnd().text());
    go(named ? Place.NAME : Place.SECTION);
  }

  @Override
  public List<Tag> tags() {
    return tags;
  }

  private void go(Place next) {
    place = next;
    tags = tagsOf(next);
  }

  private List<Tag> tagsOf(Place where) {
    var tags = new ArrayList<Tag>();
    var parameter = syntax.parameter();
    switch (where) {
      case SECTION -> tags.add(syntax.call().name().orElseThrow());
      case NAME -> {
        syntax.call().nameEnd().ifPresent(tags::add);
        if (syntax.call().nameEnd().isEmpty()) {
          tags.add(parameter.key());
          tags.add(syntax.callEnd());
        }
      }
      case PARAMETERS -> {
        tags.add(parameter.key());
        tags.add(syntax.callEnd());
        tags.add(syntax.sectionEnd());
      }
      case KEY -> tags.add(parameter.keyEnd());
      case BEFORE_VALUE -> tags.add(parameter.value().orElseThrow());
      case ATTRIBUTE -> tags.add(ATTRIBUTE_END);
      case VALUE -> {
        tags.add(parameter.end());
        if (parameter.kind() == XmlCalls.Kind.ON_LINES) {
          tags.add(nextKey);
          tags.add(nextEnd);
        }
      }
      case DONE -> tags.addAll(after.tags());
    }
    return tags;
  }

  @Override
  public Section letter(char letter) {
    switch (place) {
      case SECTION -> {
        raw.append(letter);
        if (!Character.isWhitespace(letter)) {
          raw.setLength(raw.length() - 1);
          return broken();
        }
      }
      case NAME -> {
        boolean line = syntax.call().nameEnd().isEmpty() && letter == '\n' && !part.isEmpty();
        if (line) {
          return begin() ? this : broken();
        }
        boolean space = Character.isWhitespace(letter) && part.isEmpty();
        if (part.length() > LONGEST_NAME
            || (!space && !DeclaredTools.isName(String.valueOf(letter)))) {
          return broken();
        }
        raw.append(letter);
        if (!space) {
          part.append(letter);
        }
      }
      case KEY, ATTRIBUTE, VALUE -> part.append(letter);
      case PARAMETERS, BEFORE_VALUE -> {} // white space, or what does not belong there
      case DONE -> {
        return after;
      }
    }
    return this;
  }

  private Section broken() {
    reading.out().content(raw);
    return reading.content();
  }

  private boolean begin() {
    if (!DeclaredTools.isName(part)) {
      return false;
    }
    name = part.toString();
    part.setLength(0);
    raw.setLength(0);
    reading.out().call(name);
    reading.out().arguments('{');
    go(Place.PARAMETERS);
    return true;
  }

  @Override
  public Section tag(Tag tag) {
    switch (place) {
      case SECTION -> {
        raw.append(tag.text());
        go(Place.NAME);
      }
      case NAME -> {
        if (!begin()) {
          raw.append(tag.text());
          return broken();
        }
        if (syntax.call().nameEnd().isEmpty()) {
          return tag(tag);
        }
      }
      case PARAMETERS -> {
        if (!tag.equals(syntax.parameter().key())) {
          return ended(tag);
        }
        go(Place.KEY);
      }
      case KEY -> {
        key = part.toString().strip();
        part.setLength(0);
        go(
            syntax.parameter().kind() == XmlCalls.Kind.BY_ATTRIBUTE
                ? Place.ATTRIBUTE
                : syntax.parameter().value().isPresent() ? Place.BEFORE_VALUE : Place.VALUE);
      }
      case ATTRIBUTE -> {
        attribute = part.toString();
        part.setLength(0);
        go(Place.VALUE);
      }
      case BEFORE_VALUE -> go(Place.VALUE);
      case VALUE -> {
        reading.out().arguments(parameters++ == 0 ? "" : ", ");
        reading.out().arguments(JsonStrings.quoted(key) + ": " + value());
        part.setLength(0);
        go(tag.equals(nextKey) ? Place.KEY : Place.PARAMETERS);
        return tag.equals(nextEnd) ? ended(syntax.callEnd()) : this;
      }
      case DONE -> {
        return after.tag(tag);
      }
    }
    return this;
  }

  private String value() {
    var text = part.toString();
    return switch (syntax.parameter().kind()) {
      case ON_LINES -> bySchema(withoutLines(text));
      case BY_SCHEMA -> bySchema(text);
      case BY_SCHEMA_OR_LOOKS -> ParameterValue.json(text, reading.tools().parameter(name, key));
      case BY_ATTRIBUTE -> {
        var schema = reading.tools().parameter(name, key);
        boolean plain = attribute.equals("true") && schema.isEmpty();
        yield plain ? JsonStrings.quoted(text) : ParameterValue.json(text, schema);
      }
    };
  }

  private String bySchema(String text) {
    var schema = reading.tools().parameter(name, key);
    return schema.isPresent() ? ParameterValue.json(text, schema) : JsonStrings.quoted(text);
  }

  private static String withoutLines(String text) {
    int from = text.startsWith("\n") ? 1 : 0;
    int to = text.length() > from && text.endsWith("\n") ? text.length() - 1 : text.length();
    return text.substring(from, to);
  }

  private Section ended(Tag tag) {
    reading.out().arguments('}');
    reading.out().border();
    go(Place.DONE);
    boolean last = tag.equals(syntax.sectionEnd());
    return last ? after.tag(tag) : this;
  }

  @Override
  public void end(boolean cut) {
    switch (place) {
      case SECTION, NAME -> {
        if (!cut) {
          reading.out().content(raw);
          reading.out().finishContent();
        }
      }
      case PARAMETERS -> {
        if (!cut) {
          reading.out().arguments('}');
        }
      }
      case KEY, BEFORE_VALUE, ATTRIBUTE, VALUE -> {}
      case DONE -> after.end(cut);
    }
  }
}
