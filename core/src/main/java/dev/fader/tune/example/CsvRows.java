package dev.fader.tune.example;

import dev.fader.data.DataException;
import dev.fader.data.Utf8Text;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;

/// Comma-separated values of RFC 4180 with a header: a field in quotes may hold commas, line ends
/// and doubled quotes. Read strictly, so that a quote gone astray is an error where it stands.
final class CsvRows implements RowReader {
  private static final int LONGEST_FIELD = 1 << 26;
  private static final int NONE = -2;
  private static final int END = -1;

  private final String name;
  private final Utf8Text text;
  private final char[] buffer = new char[1 << 14];
  private int at;
  private int end;
  private int held = NONE; // a character that was read and put back
  private long line = 1;
  private List<String> header = List.of();

  CsvRows(String name, Utf8Text text) {
    this.name = name;
    this.text = text;
  }

  @Override
  public Optional<Row> next() {
    if (header.isEmpty()) {
      header = record();
      checkHeader();
    }
    while (peek() != END) {
      long start = line;
      var fields = record();
      if (fields.size() == 1 && fields.getFirst().isEmpty() && header.size() > 1) {
        continue; // a blank line
      }
      if (fields.size() != header.size()) {
        throw wrong(
            start,
            "%d fields, and the header names %d (%s); put quotes around fields with commas"
                .formatted(fields.size(), header.size(), String.join(", ", header)));
      }
      var row = JsonNodeFactory.instance.objectNode();
      for (int i = 0; i < fields.size(); i++) {
        row.put(header.get(i), fields.get(i));
      }
      return Optional.of(new Row(row, start));
    }
    return Optional.empty();
  }

  private void checkHeader() {
    var seen = new HashSet<String>();
    for (var field : header) {
      if (field.isBlank()) {
        throw wrong(1, "a column has no name in the header; name it");
      }
      if (!seen.add(field)) {
        throw wrong(1, "two columns are called '%s'; rename one".formatted(field));
      }
    }
  }

  private List<String> record() {
    var fields = new ArrayList<String>();
    while (true) {
      fields.add(peek() == '"' ? quoted() : bare());
      int c = take();
      if (c == '\r' && peek() == '\n') {
        c = take();
      }
      if (c != ',') {
        line++;
        return fields;
      }
    }
  }

  private String bare() {
    var field = new StringBuilder();
    for (int c = peek(); c != ',' && c != '\n' && c != '\r' && c != END; c = peek()) {
      if (c == '"') {
        throw wrong(
            line, "a quote within a field; put the field into quotes and double those in it");
      }
      add(field, take());
    }
    return field.toString();
  }

  private String quoted() {
    long start = line;
    take();
    var field = new StringBuilder();
    while (true) {
      int c = take();
      if (c == END) {
        throw wrong(start, "a quote opens here and is never closed; close it");
      }
      if (c == '"') {
        if (peek() != '"') {
          break;
        }
        take();
      }
      line += c == '\n' ? 1 : 0;
      add(field, c);
    }
    int after = peek();
    if (after != ',' && after != '\n' && after != '\r' && after != END) {
      throw wrong(line, "text after a closing quote; double the quotes within a field");
    }
    return field.toString();
  }

  private void add(StringBuilder field, int c) {
    if (field.length() == LONGEST_FIELD) {
      throw wrong(line, "a field of more than %d characters; split it".formatted(LONGEST_FIELD));
    }
    field.append((char) c);
  }

  private int peek() {
    if (held == NONE) {
      held = read();
    }
    return held;
  }

  private int take() {
    int c = peek();
    held = NONE;
    return c;
  }

  private int read() {
    if (at == end) {
      at = 0;
      end = Math.max(0, text.read(buffer, 0, buffer.length));
    }
    return at == end ? END : buffer[at++];
  }

  private DataException wrong(long where, String what) {
    return new DataException("%s:%d: %s".formatted(name, where, what));
  }

  @Override
  public void close() {
    text.close();
  }
}
