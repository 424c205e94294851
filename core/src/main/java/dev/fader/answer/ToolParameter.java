package dev.fader.answer;

import dev.fader.grammar.GrammarException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A parameter of a tool.
///
/// @param schema with the definitions that it refers to
record ToolParameter(DeclaredTool tool, String name, ObjectNode schema, boolean required) {
  /// Those that the schema of a tool names.
  static List<ToolParameter> of(DeclaredTool tool) {
    var required = new HashSet<String>();
    tool.schema().path("required").forEach(name -> required.add(name.asString("")));
    var all = new ArrayList<ToolParameter>();
    tool.schema()
        .path("properties")
        .properties()
        .forEach(member -> {
          var schema = JsonMapper.shared().createObjectNode();
          for (var definitions : List.of("$defs", "definitions")) {
            if (tool.schema().has(definitions)) {
              schema.set(definitions, tool.schema().get(definitions));
            }
          }
          member
              .getValue()
              .properties()
              .forEach(each -> schema.set(each.getKey(), each.getValue()));
          all.add(
              new ToolParameter(tool, member.getKey(), schema, required.contains(member.getKey())));
        });
    return all;
  }

  /// Whether it is a string.
  boolean isText() {
    var values = schema.path("enum");
    if (values.isArray() && !values.isEmpty()) {
      return values().size() == values.size();
    }
    return schema.path("type").asString("").equals("string");
  }

  /// The strings that it may be, if they are listed.
  List<String> values() {
    var values = new ArrayList<String>();
    schema
        .path("enum")
        .forEach(value -> {
          if (value.isString()) {
            values.add(value.stringValue());
          }
        });
    return values;
  }

  /// Its JSON, as GBNF; any where a grammar cannot hold the schema and need not.
  ///
  /// @throws AnswerRequestException if it cannot, and must
  String json(AnswerGrammar grammar) {
    try {
      return grammar.json(schema.toString());
    } catch (GrammarException unheld) {
      if (tool.strict()) {
        throw new AnswerRequestException(
            tool.field() + ".function.parameters.properties." + name, unheld);
      }
      return grammar.anyValue();
    }
  }
}
