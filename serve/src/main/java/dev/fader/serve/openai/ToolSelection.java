package dev.fader.serve.openai;

import dev.fader.answer.ToolChoice;
import dev.fader.generate.PlainValues;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.ToolSchemas;
import dev.fader.serve.http.ApiException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tools of a request, and which of them are called.
///
/// @param tools as chat templates take them; none if there are none
record ToolSelection(Optional<List<Object>> tools, ToolChoice choice) {
  private static final int MOST = 128;
  private static final String TOOLS = "tools";
  private static final String CHOICE = "tool_choice";
  private static final String FUNCTION = "function";

  /// How a route writes functions.
  enum Form {
    /// In a field of their own, as chat completions do.
    NESTED,
    /// Beside the type, as responses do.
    FLAT
  }

  /// @throws ApiException if a field is wrong
  static ToolSelection read(BodyFields body, Form form) {
    body.value("functions")
        .ifPresent(old -> {
          throw body.refused("functions", "the field is of 2023: send `tools`");
        });
    var tools = new ArrayList<Object>();
    var schemas = new ToolSchemas();
    for (var tool : body.objects(TOOLS, MOST)) {
      tools.add(tool(tool, form, schemas));
    }
    var choice = choice(body, form, tools);
    if (tools.isEmpty()) {
      if (choice.mode() == ToolChoice.Mode.REQUIRED) {
        throw body.refused(CHOICE, "there are no tools to call: send `tools`, or leave it out");
      }
      return new ToolSelection(Optional.empty(), ToolChoice.AUTO);
    }
    return new ToolSelection(
        Optional.of(tools), choice.withParallel(body.flag("parallel_tool_calls", true)));
  }

  private static Map<String, Object> tool(BodyFields tool, Form form, ToolSchemas schemas) {
    var type = tool.text("type").orElse(FUNCTION);
    if (!type.equals(FUNCTION)) {
      throw tool.refused(
          "type", "it is %s, and there are functions only".formatted(PlainValues.text(type)));
    }
    var function =
        switch (form) {
          case NESTED -> tool.object(FUNCTION).orElseThrow(() -> tool.missing(FUNCTION));
          case FLAT -> tool;
        };
    function
        .value("parameters")
        .ifPresent(schema -> schemas.add(schema, function.path("parameters")));
    if (form == Form.NESTED) {
      return PlainValues.map(tool.json());
    }
    var plain = PlainValues.map(tool.json());
    plain.remove("type");
    plain.values().removeIf(dev.fader.template.Template.NONE::equals);
    var nested = new LinkedHashMap<String, Object>();
    nested.put("type", FUNCTION);
    nested.put(FUNCTION, plain);
    return nested;
  }

  private static ToolChoice choice(BodyFields body, Form form, List<Object> tools) {
    var value = body.value(CHOICE);
    if (value.isEmpty()) {
      return ToolChoice.AUTO;
    }
    if (value.get().isObject()) {
      var chosen = body.object(CHOICE).orElseThrow();
      return switch (chosen.requiredText("type")) {
        case FUNCTION -> ToolChoice.of(name(chosen, form, tools));
        case "allowed_tools" -> allowed(chosen, form, tools);
        default -> throw chosen.wrong("type", "function or allowed_tools");
      };
    }
    return mode(body, CHOICE);
  }

  private static ToolChoice mode(BodyFields fields, String name) {
    return switch (fields.requiredText(name)) {
      case "none" -> ToolChoice.NONE;
      case "auto" -> ToolChoice.AUTO;
      case "required" -> ToolChoice.REQUIRED;
      default ->
          throw fields.wrong(name, "none, auto, required, or an object that names a function");
    };
  }

  /// Leaves the allowed ones alone in the list.
  private static ToolChoice allowed(BodyFields chosen, Form form, List<Object> tools) {
    var allowed =
        switch (form) {
          case NESTED ->
              chosen.object("allowed_tools").orElseThrow(() -> chosen.missing("allowed_tools"));
          case FLAT -> chosen;
        };
    var names = new ArrayList<String>();
    for (var tool : allowed.objects(TOOLS, MOST)) {
      names.add(name(tool, form, tools));
    }
    tools.removeIf(tool -> !names.contains(name(tool)));
    return mode(allowed, "mode");
  }

  private static String name(BodyFields chosen, Form form, List<Object> tools) {
    var function =
        switch (form) {
          case NESTED -> chosen.object(FUNCTION).orElseThrow(() -> chosen.missing(FUNCTION));
          case FLAT -> chosen;
        };
    var name = function.requiredText("name");
    if (tools.stream().noneMatch(tool -> name.equals(name(tool)))) {
      throw function.refused("name", "there is no tool of this name in `tools`");
    }
    return name;
  }

  private static Object name(Object tool) {
    return tool instanceof Map<?, ?> map && map.get(FUNCTION) instanceof Map<?, ?> function
        ? String.valueOf(function.get("name"))
        : "";
  }
}
