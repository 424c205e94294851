package dev.fader.tune.example;

import dev.fader.generate.Conversation;
import dev.fader.generate.PlainValues;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// The arguments of tool calls. OpenAI writes them as JSON in a text, most templates take an
/// object, and some take the text.
final class ToolArguments {
  private ToolArguments() {}

  static Conversation asObjects(Conversation conversation) {
    return changed(
        conversation,
        given ->
            given instanceof String text && PlainValues.literal(text) instanceof Map<?, ?> object
                ? object
                : given);
  }

  static Conversation asTexts(Conversation conversation) {
    return changed(
        conversation, given -> given instanceof String ? given : PlainValues.text(given));
  }

  /// The names of the functions that a message calls.
  static List<String> called(Map<String, Object> message) {
    var names = new ArrayList<String>();
    if (message.get("tool_calls") instanceof List<?> calls) {
      for (var call : calls) {
        var function = call instanceof Map<?, ?> map ? map.get("function") : call;
        var named = function == null ? call : function;
        if (named instanceof Map<?, ?> map && map.get("name") instanceof String name) {
          names.add(name);
        }
      }
    }
    return names;
  }

  private static Conversation changed(Conversation conversation, UnaryOperator<Object> change) {
    var messages =
        conversation.messages().stream()
            .map(message ->
                changed(
                    message,
                    "tool_calls",
                    calls ->
                        calls instanceof List<?> list
                            ? list.stream().map(call -> call(call, change)).toList()
                            : calls))
            .toList();
    return new Conversation(messages, conversation.tools(), conversation.addGenerationPrompt());
  }

  private static Object call(Object call, UnaryOperator<Object> change) {
    return call instanceof Map<?, ?> map
        ? changed(
            changed(texts(map), "arguments", change),
            "function",
            function ->
                function instanceof Map<?, ?> inner
                    ? changed(texts(inner), "arguments", change)
                    : function)
        : call;
  }

  private static Map<String, Object> texts(Map<?, ?> map) {
    var copy = new LinkedHashMap<String, Object>();
    map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    return copy;
  }

  private static Map<String, Object> changed(
      Map<String, Object> map, String name, UnaryOperator<Object> change) {
    var value = map.get(name);
    if (value == null) {
      return map;
    }
    var copy = new LinkedHashMap<>(map);
    copy.put(name, change.apply(value));
    return copy;
  }
}
