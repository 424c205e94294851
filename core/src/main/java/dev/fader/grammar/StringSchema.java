package dev.fader.grammar;

import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/// Strings: of a length, a format or a pattern.
record StringSchema(ObjectNode schema, String where) {
  private static final String DATE = "[0-9]{4} \"-\" ( %s )";
  private static final String DAYS =
      "(\"01\" | \"03\" | \"05\" | \"07\" | \"08\" | \"10\" | \"12\") \"-\" (\"0\" [1-9] | [12]"
          + " [0-9] | \"3\" [01]) | (\"04\" | \"06\" | \"09\" | \"11\") \"-\" (\"0\" [1-9] | [12]"
          + " [0-9] | \"30\") | \"02-\" (\"0\" [1-9] | \"1\" [0-9] | \"2\" [0-8])";
  private static final String TIME =
      "([01] [0-9] | \"2\" [0-3]) \":\" [0-5] [0-9] \":\" [0-5] [0-9] (\".\" [0-9]{1,9})? (\"Z\" |"
          + " [+-] ([01] [0-9] | \"2\" [0-3]) \":\" [0-5] [0-9])";
  private static final String UUID = "hex{8} \"-\" hex{4} \"-\" hex{4} \"-\" hex{4} \"-\" hex{12}";

  /// RFC 3339 and RFC 9562. February has 28 days here: which years are leap years is beyond
  /// counting digits.
  private static final Map<String, String> FORMATS =
      Map.of(
          "date",
          DATE.formatted(DAYS),
          "time",
          TIME,
          "date-time",
          DATE.formatted(DAYS) + " \"T\" " + TIME,
          "uuid",
          UUID);

  /// The name of the rule, which `add` names.
  String rule(UnaryOperator<String> add) {
    boolean bounded = schema.has("minLength") || schema.has("maxLength");
    boolean formed = schema.has("format");
    boolean patterned = schema.has("pattern");
    if ((bounded ? 1 : 0) + (formed ? 1 : 0) + (patterned ? 1 : 0) > 1) {
      throw JsonSchemaGrammar.wrong(
          where,
          "length, 'format' and 'pattern' of one string cannot be held together: choose one");
    }
    if (bounded) {
      return add.apply(quoted("string-char" + length()));
    }
    if (formed) {
      return add.apply(quoted(format(schema.get("format").asString())));
    }
    if (patterned) {
      return add.apply(quoted(new PatternGrammar(schema.get("pattern").asString(), where).gbnf()));
    }
    return "string";
  }

  private static String quoted(String content) {
    return "\"\\\"\" " + content + " \"\\\"\"";
  }

  private String length() {
    int least = Bounds.count(schema, "minLength", where).orElse(0);
    var most = Bounds.count(schema, "maxLength", where);
    if (most.isPresent() && most.getAsInt() < least) {
      throw JsonSchemaGrammar.wrong(
          where,
          "strings of %d to %d characters: there are none".formatted(least, most.getAsInt()));
    }
    return "{" + least + "," + (most.isPresent() ? most.getAsInt() : "") + "}";
  }

  private String format(String name) {
    var known = FORMATS.get(name);
    if (known == null) {
      throw JsonSchemaGrammar.wrong(
          where,
          "format '%s' cannot be held; date, time, date-time and uuid can: use a pattern"
              .formatted(name));
    }
    return "(" + known + ")";
  }
}
