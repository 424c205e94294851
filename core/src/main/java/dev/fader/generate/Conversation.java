package dev.fader.generate;

import dev.fader.format.FormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The messages of a chat in the form that chat templates take. Immutable.
///
/// @param messages each with a `role`, and mostly `content`; as
///   [dev.fader.template.Template#render] takes values
/// @param tools the model may call, as JSON schemas; templates distinguish an empty list from none
/// @param addGenerationPrompt whether the template adds a generation prompt
///   (`add_generation_prompt`)
public record Conversation(
    List<Map<String, Object>> messages, Optional<List<Object>> tools, boolean addGenerationPrompt) {
  public Conversation {
    messages = List.copyOf(messages);
    tools = tools.map(List::copyOf);
  }

  /// A conversation without messages.
  public static Conversation empty() {
    return new Conversation(List.of(), Optional.empty(), true);
  }

  /// Reads the messages of a JSON file: a list of them, or an object with `messages` and, where it
  /// has them, `tools`.
  ///
  /// @throws FormatException if it holds no messages
  /// @throws IOException if it cannot be read
  public static Conversation read(Path file) throws IOException {
    var json = PlainValues.read(file);
    try {
      return of(json);
    } catch (IllegalArgumentException not) {
      throw new FormatException(file, String.valueOf(not.getMessage()));
    }
  }

  /// The messages of JSON that was read: a list of them, or an object with `messages` and, where it
  /// has them, `tools`.
  ///
  /// @throws IllegalArgumentException if it holds no messages
  public static Conversation of(JsonNode json) {
    var list = json.isObject() ? json.path("messages") : json;
    if (!list.isArray()) {
      throw new IllegalArgumentException(
          "messages: a list of messages is needed, such as [{\"role\": ...}]");
    }
    var messages = new ArrayList<Map<String, Object>>();
    for (var message : list) {
      if (!message.isObject() || !message.path("role").isString()) {
        throw new IllegalArgumentException(
            "messages[%d]: a message is an object with a role, such as {\"role\": \"user\", ...}"
                .formatted(messages.size()));
      }
      messages.add(PlainValues.map(message));
    }
    var conversation = new Conversation(messages, Optional.empty(), true);
    var tools = json.path("tools");
    if (tools.isMissingNode() || tools.isNull()) {
      return conversation;
    }
    if (!tools.isArray()) {
      throw new IllegalArgumentException(
          "tools: a list of tools is needed, such as [{\"type\": ...}]");
    }
    return conversation.withTools(values(tools));
  }

  /// The tools of a JSON file, a list.
  ///
  /// @throws FormatException if it is no list
  /// @throws IOException if it cannot be read
  public static List<Object> readTools(Path file) throws IOException {
    var json = PlainValues.read(file);
    if (!json.isArray()) {
      throw new FormatException(file, "a list of tools is needed, such as [{\"type\": ...}]");
    }
    return values(json);
  }

  /// The same conversation as JSON, as [#read] takes it.
  public String toJson() {
    var json = new LinkedHashMap<String, Object>(Map.of("messages", messages));
    tools.ifPresent(list -> json.put("tools", list));
    return PlainValues.text(json);
  }

  private static List<Object> values(JsonNode list) {
    var values = new ArrayList<Object>();
    list.forEach(item -> values.add(PlainValues.of(item)));
    return values;
  }

  /// With one more message.
  public Conversation with(String role, String content) {
    var all = new ArrayList<>(messages);
    all.add(message(role, content));
    return new Conversation(all, tools, addGenerationPrompt);
  }

  /// Ordered fields, because templates can iterate over them.
  private static Map<String, Object> message(String role, String content) {
    var message = new LinkedHashMap<String, Object>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  /// With other tools.
  public Conversation withTools(List<Object> other) {
    return new Conversation(messages, Optional.of(other), addGenerationPrompt);
  }

  /// With or without a generation prompt.
  public Conversation withGenerationPrompt(boolean add) {
    return new Conversation(messages, tools, add);
  }

  /// With `text` as the system prompt; without one if it is empty.
  public Conversation withSystem(String text) {
    var rest = new ArrayList<>(messages);
    if (system().isPresent()) {
      rest.removeFirst();
    }
    if (!text.isEmpty()) {
      rest.addFirst(message("system", text));
    }
    return new Conversation(rest, tools, addGenerationPrompt);
  }

  /// The system prompt, if there is one.
  public Optional<String> system() {
    return messages.isEmpty() || !"system".equals(messages.getFirst().get("role"))
        ? Optional.empty()
        : Optional.of(String.valueOf(messages.getFirst().get("content")));
  }

  /// Without messages except for the system prompt.
  public Conversation cleared() {
    return new Conversation(List.of(), tools, addGenerationPrompt).withSystem(system().orElse(""));
  }
}
