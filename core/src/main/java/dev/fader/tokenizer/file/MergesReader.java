package dev.fader.tokenizer.file;

import dev.fader.tokenizer.model.MergeTable;
import dev.fader.tokenizer.model.Vocabulary;
import tools.jackson.databind.JsonNode;

/// Reads the `merges` of a `tokenizer.json`: strings `"left right"`, or in newer files pairs
/// `["left", "right"]`.
///
/// @param prefixLength bytes dropped from the right piece when it is merged
record MergesReader(JsonField field, Vocabulary vocabulary, int prefixLength) {

  MergeTable read() {
    if (!field.node().isArray()) {
      throw field.wrong("is not an array");
    }
    var table = new MergeTable(field.node().size());
    int rank = 0;
    for (JsonNode merge : field.node()) {
      add(table, merge, rank++);
    }
    return table;
  }

  private void add(MergeTable table, JsonNode merge, int rank) {
    String left;
    String right;
    if (merge.isString()) {
      String line = merge.stringValue();
      int space = line.indexOf(' ');
      if (space < 0 || line.indexOf(' ', space + 1) >= 0) {
        throw at(rank, merge).wrong("is '%s', not two pieces with a space between".formatted(line));
      }
      left = line.substring(0, space);
      right = line.substring(space + 1);
    } else if (merge.isArray()
        && merge.size() == 2
        && merge.get(0).isString()
        && merge.get(1).isString()) {
      left = merge.get(0).stringValue();
      right = merge.get(1).stringValue();
    } else {
      throw at(rank, merge).wrong("is not two pieces");
    }
    table.add(
        id(left, merge, rank), id(right, merge, rank), id(joined(left, right), merge, rank), rank);
  }

  private String joined(String left, String right) {
    return left + (prefixLength <= right.length() ? right.substring(prefixLength) : "");
  }

  private int id(String piece, JsonNode merge, int rank) {
    int id = vocabulary.modelId(piece);
    if (id < 0) {
      throw at(rank, merge).wrong("names '%s', which is not in the vocabulary".formatted(piece));
    }
    return id;
  }

  private JsonField at(int rank, JsonNode merge) {
    return new JsonField(field.file(), field.path() + "[" + rank + "]", merge);
  }
}
