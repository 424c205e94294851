package dev.fader.tune.example;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import dev.fader.data.DataException;
import dev.fader.data.Utf8Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// The examples of a file, one at a time: `.jsonl`, `.json` (a list) or `.csv`, each also gzipped.
/// Their format is recognised by the fields of the first one, and all have the same.
public final class ExampleReader implements AutoCloseable {
  private static final int MOST_FIELDS_SHOWN = 8;

  private final String name;
  private final RowReader rows;
  private Optional<ExampleFormat> format = Optional.empty();

  private ExampleReader(String name, RowReader rows) {
    this.name = name;
    this.rows = rows;
  }

  /// Opens a file. What its name ends with says what it holds.
  ///
  /// @throws DataException if it cannot be read, is empty, or is none of these
  public static ExampleReader open(Path file) {
    var name = file.toString();
    var kind = kind(name);
    try {
      if (Files.size(file) == 0) {
        throw new DataException("%s: empty; there is nothing to learn from".formatted(name));
      }
    } catch (IOException failed) {
      throw DataException.unreadable(name, failed);
    }
    if (kind.isEmpty()) {
      throw new DataException(
          "%s: examples are read from .jsonl, .json and .csv; convert it to one of them"
              .formatted(name));
    }
    var text = Utf8Text.open(file, name);
    return new ExampleReader(
        name,
        switch (kind.get()) {
          case "jsonl" -> new JsonLineRows(name, text);
          case "json" -> new JsonListRows(name, text);
          default -> new CsvRows(name, text);
        });
  }

  /// Reads files one after the other.
  ///
  /// @param files as [ExampleFiles#find] gives them
  /// @return for each file its name, the format that was recognised, and the number of examples
  /// @throws DataException if one cannot be read, or a line is no example
  public static List<String> readAll(List<Path> files, Consumer<SourcedExample> each) {
    var formats = new ArrayList<String>();
    for (var file : files) {
      int count = 0;
      try (var reader = open(file)) {
        for (var next = reader.next(); next.isPresent(); next = reader.next()) {
          each.accept(next.get());
          count++;
        }
        formats.add("%s: %s, %d".formatted(file, reader.format.orElseThrow().words(), count));
      }
    }
    return formats;
  }

  /// What a file of this name holds, if it is anything that is read.
  ///
  /// @throws DataException if it holds what can be converted
  static Optional<String> kind(String name) {
    var plain = name.toLowerCase(Locale.ROOT);
    if (plain.endsWith(".parquet")) {
      throw new DataException(
          "%s: Parquet is not read; convert it, for example with: python -c \"import pandas; pandas.read_parquet('%s').to_json('%s.jsonl', orient='records', lines=True)\""
              .formatted(name, name, name.substring(0, name.length() - ".parquet".length())));
    }
    if (plain.endsWith(".gz")) {
      plain = plain.substring(0, plain.length() - ".gz".length());
    }
    var extension = plain.substring(plain.lastIndexOf('.') + 1);
    return switch (extension) {
      case "jsonl", "ndjson" -> Optional.of("jsonl");
      case "json", "csv" -> Optional.of(extension);
      default -> Optional.empty();
    };
  }

  /// The next example, or empty at the end.
  ///
  /// @throws DataException if a line is no example, names the line
  public Optional<SourcedExample> next() {
    var row = rows.next();
    if (row.isEmpty()) {
      if (format.isEmpty()) {
        throw new DataException(
            "%s: no examples in it; there is nothing to learn from".formatted(name));
      }
      return Optional.empty();
    }
    var line = new Fields(row.get().fields(), new Place(name, row.get().line()), "");
    refuseHalfCharacters(line.object(), "", line);
    check(line);
    return Optional.of(
        new SourcedExample(ExampleParser.parse(format.orElseThrow(), line), line.place()));
  }

  private void check(Fields line) {
    var present =
        line.object().properties().stream()
            .filter(field -> !field.getValue().isNull())
            .map(field -> field.getKey())
            .collect(toSet());
    var recognised = ExampleFormat.recognise(present).orElseThrow(() -> unknown(line));
    if (format.isPresent() && format.get() != recognised) {
      throw new DataException(
          "%s: here begin %s, and the lines before are %s; give each a file of its own"
              .formatted(line.place(), recognised.words(), format.get().words()));
    }
    format = Optional.of(recognised);
  }

  private static DataException unknown(Fields line) {
    var names = line.object().propertyNames();
    var found =
        names.stream()
            .limit(MOST_FIELDS_SHOWN)
            .map(name -> '"' + shown(name) + '"')
            .collect(joining(", "));
    return new DataException(
        "%s: no example in a known format: it has %s; known are \"messages\", \"prompt\" with \"completion\", \"instruction\" with \"output\", \"conversations\", \"chosen\" with \"rejected\", \"text\", \"text\" with \"label\" or \"labels\", and \"ids\""
            .formatted(line.place(), found.isEmpty() ? "no fields" : found));
  }

  private static String shown(String name) {
    var text = name.length() > 40 ? name.substring(0, 40) + "…" : name;
    return text.chars().anyMatch(Character::isISOControl) ? "(control characters)" : text;
  }

  private static void refuseHalfCharacters(JsonNode node, String path, Fields line) {
    if (node.isString()) {
      refuseHalfCharacters(node.stringValue(), path, line);
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        if (!node.get(i).isNumber()) {
          refuseHalfCharacters(node.get(i), "%s[%d]".formatted(path, i), line);
        }
      }
    } else {
      for (var field : node.properties()) {
        var inner = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
        refuseHalfCharacters(field.getValue(), inner, line);
      }
    }
  }

  private static void refuseHalfCharacters(String text, String path, Fields line) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        int codePoint = text.codePointAt(i);
        if (!Character.isSupplementaryCodePoint(codePoint)) {
          throw line.wrong(path, "has half a character, \\u%04x".formatted(codePoint));
        }
        i++;
      }
    }
  }

  /// The format of the examples, once one was read.
  public Optional<ExampleFormat> format() {
    return format;
  }

  @Override
  public void close() {
    rows.close();
  }
}
