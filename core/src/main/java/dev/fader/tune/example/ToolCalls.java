package dev.fader.tune.example;

import dev.fader.generate.Conversation;
import dev.fader.generate.PlainValues;
import dev.fader.template.Template;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Tool calls as templates want them. OpenAI writes arguments as JSON in a text, most templates
/// take an object, and some the text; most take an empty content beside calls, and some none.
final class ToolCalls {
  private static final String CALLS = "tool_calls";

  private ToolCalls() {}

  /// The same conversation in the ways that templates differ about, the usual one first.
  static List<Conversation> variants(Conversation conversation) {
    var variants = new LinkedHashSet<Conversation>();
    for (boolean none : new boolean[] {false, true}) {
      variants.add(changed(conversation, ToolCalls::object, none));
      variants.add(changed(conversation, ToolCalls::text, none));
    }
    return List.copyOf(variants);
  }

  private static Object object(Object given) {
    return given instanceof String text && PlainValues.literal(text) instanceof Map<?, ?> object
        ? object
        : given;
  }

  private static Object text(Object given) {
    return given instanceof String ? given : PlainValues.text(given);
  }

  /// The names of the functions that a message calls.
  static List<String> called(Map<String, Object> message) {
    var names = new ArrayList<String>();
    if (message.get(CALLS) instanceof List<?> calls) {
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

  private static Conversation changed(
      Conversation conversation, UnaryOperator<Object> arguments, boolean none) {
    var messages = new ArrayList<Map<String, Object>>();
    for (var message : conversation.messages()) {
      boolean calls = message.get(CALLS) instanceof List<?> list && !list.isEmpty();
      messages.add(calls ? changed(message, arguments, none) : message);
    }
    return new Conversation(messages, conversation.tools(), conversation.addGenerationPrompt());
  }

  private static Map<String, Object> changed(
      Map<String, Object> message, UnaryOperator<Object> arguments, boolean none) {
    var copy = new LinkedHashMap<>(message);
    copy.computeIfPresent(CALLS, (name, calls) -> calls(calls, arguments));
    copy.computeIfPresent(
        "content", (name, content) -> none && content.equals("") ? Template.NONE : content);
    return copy;
  }

  private static Object calls(Object calls, UnaryOperator<Object> arguments) {
    return calls instanceof List<?> list
        ? list.stream().map(call -> call(call, arguments)).toList()
        : calls;
  }

  private static Object call(Object call, UnaryOperator<Object> arguments) {
    if (!(call instanceof Map<?, ?> map)) {
      return call;
    }
    var copy = new LinkedHashMap<String, Object>();
    map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    copy.computeIfPresent("arguments", (name, given) -> arguments.apply(given));
    copy.computeIfPresent("function", (name, function) -> call(function, arguments));
    return copy;
  }
}
