package dev.fader.answer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The tools that a model may call, by name.
///
/// @param byName empty where they are not known
record DeclaredTools(SequencedMap<String, DeclaredTool> byName) {
  /// Tools that are not known.
  static final DeclaredTools UNKNOWN = new DeclaredTools(new LinkedHashMap<>());

  /// Names become part of prompts and grammars.
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.:-]{1,128}");

  DeclaredTools {
    byName = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(byName));
  }

  /// Whether a text may be the name of a tool.
  static boolean isName(CharSequence text) {
    return NAME.matcher(text).matches();
  }

  /// Tools as OpenAI's interface has them.
  ///
  /// @throws AnswerRequestException if one is not declared as it must be
  static DeclaredTools of(List<Object> tools) {
    var byName = new LinkedHashMap<String, DeclaredTool>();
    for (int i = 0; i < tools.size(); i++) {
      var field = "tools[" + i + "]";
      if (!(tools.get(i) instanceof Map<?, ?>)) {
        throw new AnswerRequestException(
            field, "must be a tool such as {\"type\": \"function\", \"function\": {...}}");
      }
      var tool = JsonMapper.shared().<JsonNode>valueToTree(tools.get(i));
      var function = tool.path("function").isObject() ? tool.path("function") : tool;
      var name = function.path("name");
      if (!name.isString() || !isName(name.stringValue())) {
        throw new AnswerRequestException(
            field + ".function.name",
            "is %s, and must be up to 128 letters, digits, '_', '-', '.' and ':'"
                .formatted(name.isMissingNode() ? "missing" : name));
      }
      var parameters = function.path("parameters");
      if (!parameters.isObject() && !parameters.isMissingNode() && !parameters.isNull()) {
        throw new AnswerRequestException(
            field + ".function.parameters", "must be a JSON Schema, an object");
      }
      var schema = JsonMapper.shared().createObjectNode();
      if (parameters.isObject()) {
        parameters.properties().forEach(member -> schema.set(member.getKey(), member.getValue()));
      }
      if (!schema.has("type")) {
        schema.put("type", "object");
      }
      var declared =
          new DeclaredTool(
              field, name.stringValue(), schema, function.path("strict").asBoolean(false));
      if (byName.put(declared.name(), declared) != null) {
        throw new AnswerRequestException(
            field + ".function.name",
            "'%s' is the name of another tool: give each its own".formatted(declared.name()));
      }
    }
    return new DeclaredTools(byName);
  }

  /// Whether a tool may have this name.
  boolean mayBe(String name) {
    return byName.isEmpty() || byName.containsKey(name);
  }

  /// The only one that may be called, or all.
  List<DeclaredTool> chosen(ToolChoice choice) {
    if (choice.function().isEmpty()) {
      return new ArrayList<>(byName.values());
    }
    var name = choice.function().get();
    return List.of(
        Optional.ofNullable(((Map<String, DeclaredTool>) byName).get(name))
            .orElseThrow(() ->
                new AnswerRequestException(
                    "tool_choice.function.name",
                    "no tool is called '%s'; there is %s"
                        .formatted(name, String.join(", ", byName.keySet())))));
  }

  /// The schema of a parameter, if there is one.
  Optional<JsonNode> parameter(String tool, String name) {
    return Optional.ofNullable(((Map<String, DeclaredTool>) byName).get(tool))
        .map(declared -> declared.schema().path("properties").path(name))
        .filter(JsonNode::isObject);
  }
}
