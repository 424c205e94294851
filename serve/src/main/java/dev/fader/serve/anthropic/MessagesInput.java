package dev.fader.serve.anthropic;

import dev.fader.generate.Conversation;
import dev.fader.generate.PlainValues;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The messages of a request, as chat templates take them: what stands in blocks there are calls,
/// results and texts here.
final class MessagesInput {
  private static final int MOST_MESSAGES = 10_000;
  private static final int MOST_BLOCKS = 10_000;
  private static final String TEXT = "text";
  private static final String CONTENT = "content";

  private final List<Map<String, Object>> messages = new ArrayList<>();

  private MessagesInput() {}

  /// The conversation, without tools. Where the assistant spoke last, its message is continued.
  ///
  /// @throws ApiException if a field is wrong
  static Conversation read(BodyFields body) {
    var input = new MessagesInput();
    input.system(body);
    if (!body.has("messages")) {
      throw body.missing("messages");
    }
    var last = "";
    for (var message : body.objects("messages", MOST_MESSAGES)) {
      last = message.requiredText("role");
      switch (last) {
        case "user" -> input.user(message);
        case "assistant" -> input.assistant(message);
        case "system" -> input.add("system", text(message, CONTENT));
        default -> throw message.wrong("role", "user or assistant");
      }
    }
    return new Conversation(input.messages, Optional.empty(), !last.equals("assistant"));
  }

  private void system(BodyFields body) {
    if (body.has("system")) {
      var text = text(body, "system");
      if (!text.isEmpty()) {
        add("system", text);
      }
    }
  }

  private Map<String, Object> add(String role, String content) {
    var message = new LinkedHashMap<String, Object>();
    message.put("role", role);
    message.put(CONTENT, content);
    messages.add(message);
    return message;
  }

  /// Texts alone: a string, or blocks of text.
  private static String text(BodyFields fields, String name) {
    if (fields.value(name).orElseThrow(() -> fields.missing(name)).isString()) {
      return fields.requiredText(name);
    }
    var texts = new ArrayList<String>();
    for (var block : fields.objects(name, MOST_BLOCKS)) {
      texts.add(textOf(block));
    }
    return String.join("\n", texts);
  }

  private static String textOf(BodyFields block) {
    var type = block.requiredText("type");
    return switch (type) {
      case TEXT -> block.requiredText(TEXT);
      case "document" -> document(block);
      case "search_result" -> text(block, CONTENT);
      default -> throw block.refused("type", "the models here read text: leave " + type + " out");
    };
  }

  private static String document(BodyFields block) {
    var source = block.object("source").orElseThrow(() -> block.missing("source"));
    return switch (source.requiredText("type")) {
      case TEXT -> source.requiredText("data");
      case CONTENT -> text(source, CONTENT);
      default ->
          throw source.refused("type", "the models here read text: send that of the document");
    };
  }

  /// Results of tools are messages of their own, before what the user says beside them.
  private void user(BodyFields message) {
    if (message.value(CONTENT).orElseThrow(() -> message.missing(CONTENT)).isString()) {
      add("user", message.requiredText(CONTENT));
      return;
    }
    var texts = new ArrayList<String>();
    for (var block : message.objects(CONTENT, MOST_BLOCKS)) {
      if (block.requiredText("type").equals("tool_result")) {
        var result = add("tool", block.has(CONTENT) ? text(block, CONTENT) : "");
        result.put("tool_call_id", block.requiredText("tool_use_id"));
      } else {
        texts.add(textOf(block));
      }
    }
    if (!texts.isEmpty()) {
      add("user", String.join("\n", texts));
    }
  }

  private void assistant(BodyFields message) {
    if (message.value(CONTENT).orElseThrow(() -> message.missing(CONTENT)).isString()) {
      add("assistant", message.requiredText(CONTENT));
      return;
    }
    var texts = new ArrayList<String>();
    var thoughts = new ArrayList<String>();
    var calls = new ArrayList<Object>();
    for (var block : message.objects(CONTENT, MOST_BLOCKS)) {
      switch (block.requiredText("type")) {
        case "tool_use" -> calls.add(call(block));
        case "thinking" -> thoughts.add(block.requiredText("thinking"));
        case "redacted_thinking" -> {} // nobody here can read it
        default -> texts.add(textOf(block));
      }
    }
    var said = add("assistant", String.join("", texts));
    if (!thoughts.isEmpty()) {
      said.put("reasoning_content", String.join("\n", thoughts));
    }
    if (!calls.isEmpty()) {
      said.put("tool_calls", calls);
    }
  }

  private static Object call(BodyFields block) {
    var function = new LinkedHashMap<String, Object>();
    function.put("name", block.requiredText("name"));
    function.put(
        "arguments",
        block.object("input").map(input -> PlainValues.map(input.json())).orElseGet(Map::of));
    var call = new LinkedHashMap<String, Object>();
    call.put("id", block.requiredText("id"));
    call.put("type", "function");
    call.put("function", function);
    return call;
  }
}
