package dev.fader.answer;

import dev.fader.generate.PlainValues;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Brings the tools of OpenAI's interfaces into the form that chat templates take.
final class ToolForm {
  private ToolForm() {}

  /// The same tools, each as a function within an object.
  ///
  /// @param complete whether what templates may take for granted is added: descriptions and
  ///   parameters
  static List<Object> of(List<Object> tools, boolean complete) {
    var all = new ArrayList<Object>();
    for (var tool : tools) {
      var wrapped = new LinkedHashMap<String, Object>();
      wrapped.put("type", "function");
      wrapped.put("function", function(tool, complete));
      all.add(wrapped);
    }
    return all;
  }

  /// The functions of tools, each as JSON.
  static List<String> functions(List<Object> tools) {
    return tools.stream().map(tool -> PlainValues.text(function(tool, false))).toList();
  }

  private static Map<String, Object> function(Object tool, boolean complete) {
    var given = (Map<?, ?>) tool;
    boolean nested = given.get("function") instanceof Map<?, ?>;
    var function = given.get("function") instanceof Map<?, ?> within ? within : given;
    var named = new LinkedHashMap<String, Object>();
    function.forEach((name, value) -> {
      boolean ours = name.equals("strict") || (name.equals("type") && !nested);
      if (!ours) {
        named.put(String.valueOf(name), value);
      }
    });
    if (complete) {
      complete(named);
    }
    return named;
  }

  private static void complete(Map<String, Object> function) {
    if (!(function.get("description") instanceof String)) {
      function.put("description", "");
    }
    var parameters = new LinkedHashMap<String, Object>();
    parameters.put("type", "object");
    parameters.put("properties", Map.of());
    if (function.get("parameters") instanceof Map<?, ?> given) {
      given.forEach((name, value) -> parameters.put(String.valueOf(name), value));
    }
    if (parameters.get("properties") instanceof Map<?, ?> properties) {
      var described = new LinkedHashMap<String, Object>();
      properties.forEach((name, value) -> described.put(String.valueOf(name), described(value)));
      parameters.put("properties", described);
    }
    function.put("parameters", parameters);
  }

  private static Object described(Object parameter) {
    if (!(parameter instanceof Map<?, ?> given) || given.containsKey("description")) {
      return parameter;
    }
    var described = new LinkedHashMap<String, Object>();
    given.forEach((name, value) -> described.put(String.valueOf(name), value));
    described.put("description", "");
    return described;
  }
}
