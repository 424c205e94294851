package dev.fader.tune.example;

import dev.fader.generate.PlainValues;
import dev.fader.template.Template;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Reads messages as OpenAI writes them, and as ShareGPT does.
final class MessageParser {
  /// Names that the reasoning before an answer goes by. Templates look for one of them; each is
  /// given under all.
  private static final List<String> REASONING =
      List.of("reasoning_content", "thinking", "reasoning");

  private static final Set<String> SHAREGPT_ASSISTANT =
      Set.of("gpt", "assistant", "chatgpt", "bing", "bard", "model");

  private MessageParser() {}

  /// The messages of a field.
  static List<Map<String, Object>> messages(Fields line, String name) {
    var messages = new ArrayList<Map<String, Object>>();
    for (var fields : line.objects(name)) {
      messages.add(
          fields.has("from") && !fields.has("role") ? fromShareGpt(fields) : message(fields));
    }
    if (messages.isEmpty()) {
      throw line.wrong(name, "is empty; a conversation has messages");
    }
    return messages;
  }

  private static Map<String, Object> message(Fields fields) {
    var role = fields.text("role");
    var message = new LinkedHashMap<String, Object>();
    for (var entry : fields.object().properties()) {
      if (!entry.getValue().isNull()) {
        message.put(entry.getKey(), PlainValues.of(entry.getValue()));
      }
    }
    boolean calls = fields.has("tool_calls");
    if (calls) {
      checkCalls(fields);
    }
    if (fields.has("content")) {
      message.put("content", content(fields));
    } else if (calls || REASONING.stream().anyMatch(fields::has)) {
      message.put("content", "");
    } else {
      throw fields.wrong("content", "is missing; a message of '%s' has a text".formatted(role));
    }
    for (var name : REASONING) {
      fields
          .optionalText(name)
          .ifPresent(text -> REASONING.forEach(other -> message.putIfAbsent(other, text)));
    }
    return message;
  }

  private static void checkCalls(Fields fields) {
    for (var call : fields.objects("tool_calls")) {
      var function = call.object().get("function");
      boolean named =
          function == null ? call.has("name") : function.isObject() && function.hasNonNull("name");
      if (!named) {
        throw call.wrong("function.name", "is missing; a call names its function");
      }
    }
  }

  /// A text, or the texts of its parts one after the other.
  private static String content(Fields fields) {
    var content = fields.object().get("content");
    if (!content.isArray()) {
      return fields.text("content");
    }
    var text = new StringBuilder();
    for (var part : fields.objects("content")) {
      var type = part.optionalText("type").orElse("text");
      if (!type.equals("text")) {
        throw part.wrong("type", "is '%s'; only texts are learned".formatted(type));
      }
      text.append(part.text("text"));
    }
    return text.toString();
  }

  private static Map<String, Object> fromShareGpt(Fields fields) {
    var from = fields.text("from");
    var message = new LinkedHashMap<String, Object>();
    message.put("role", role(from, fields));
    if (from.equals("function_call")) {
      message.put("content", "");
      message.put("tool_calls", calls(fields));
    } else {
      message.put("content", fields.text("value"));
    }
    if (fields.has("weight")) {
      message.put("weight", PlainValues.of(fields.object().get("weight")));
    }
    return message;
  }

  private static String role(String from, Fields fields) {
    if (SHAREGPT_ASSISTANT.contains(from)) {
      return "assistant";
    }
    return switch (from) {
      case "human", "user" -> "user";
      case "system" -> "system";
      case "function_call" -> "assistant";
      case "observation", "tool", "function_response" -> "tool";
      default ->
          throw fields.wrong(
              "from",
              "is '%s'; known are human, gpt, system, function_call, observation and tool"
                  .formatted(from));
    };
  }

  /// The calls that a `function_call` has as JSON: one or a list of them.
  private static List<Object> calls(Fields fields) {
    var value = PlainValues.literal(fields.text("value"));
    var calls = new ArrayList<Object>();
    for (var call : value instanceof List<?> list ? list : List.of(value)) {
      if (!(call instanceof Map<?, ?> map) || !(map.get("name") instanceof String name)) {
        throw fields.wrong(
            "value", "of a function_call is JSON such as {\"name\": …, \"arguments\": {…}}");
      }
      var given = map.get("arguments");
      Object arguments = given == null ? Map.of() : given;
      var function = new LinkedHashMap<String, Object>();
      function.put("name", name);
      function.put("arguments", arguments == Template.NONE ? Map.of() : arguments);
      var written = new LinkedHashMap<String, Object>();
      written.put("type", "function");
      written.put("function", function);
      calls.add(written);
    }
    return calls;
  }

  /// Whether a field holds messages rather than a text.
  static boolean isMessages(JsonNode field) {
    return field.isArray() && !field.isEmpty() && field.get(0).isObject();
  }
}
