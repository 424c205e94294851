package dev.fader.answer;

import dev.fader.generate.Conversation;
import dev.fader.generate.PlainValues;
import dev.fader.template.Template;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Brings the messages of OpenAI's interface into the form that a chat template takes.
final class ConversationForm {
  private static final List<String> ROLES =
      List.of("system", "developer", "user", "assistant", "tool");

  private static final List<String> PARTS = List.of("text", "input_text", "output_text");
  private static final Pattern NINE = Pattern.compile("[A-Za-z0-9]{9}");
  private static final String LETTERS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private final TemplateTraits traits;
  private final AnswerFormat format;
  private final Map<String, String> names = new HashMap<>(); // of called tools, by id

  ConversationForm(TemplateTraits traits, AnswerFormat format) {
    this.traits = traits;
    this.format = format;
  }

  /// The messages as the template takes them.
  ///
  /// @param preface what the system says beside; empty if nothing
  /// @throws AnswerRequestException if one is not as it must be, or the template has no place for
  ///   it
  List<Map<String, Object>> messages(Conversation conversation, String preface) {
    if (conversation.messages().isEmpty()) {
      throw new AnswerRequestException("messages", "is empty: give at least one message");
    }
    var all = new ArrayList<Map<String, Object>>();
    var system = new ArrayList<String>(); // which has no message of its own
    boolean result = false; // whether the last message is of a tool, and the user tells it
    for (int i = 0; i < conversation.messages().size(); i++) {
      var message = message(conversation.messages().get(i), "messages[" + i + "]");
      if ("system".equals(message.get("role")) && !traits.system()) {
        system.add((String) message.get("content"));
        continue;
      }
      boolean another = tellsResults() && "tool".equals(message.get("role"));
      if (another) {
        message = told(message);
      }
      // Templates that know no tools may refuse two messages of the user in a row.
      if ((another || result) && isOfUser(message) && !all.isEmpty() && isOfUser(all.getLast())) {
        all.getLast()
            .merge("content", message.get("content"), (before, more) -> before + "\n\n" + more);
      } else {
        all.add(message);
      }
      result = another;
    }
    if (!preface.isEmpty()) {
      if (!traits.system()) {
        system.add(preface);
      } else if (!all.isEmpty() && "system".equals(all.getFirst().get("role"))) {
        all.getFirst().merge("content", preface, (said, more) -> said + "\n\n" + more);
      } else {
        all.addFirst(message("system", preface));
      }
    }
    if (!system.isEmpty()) {
      tell(String.join("\n\n", system), all);
    }
    if (!traits.texts()) {
      all.forEach(message ->
          message.computeIfPresent(
              "content",
              (name, content) ->
                  content instanceof String text
                      ? List.of(Map.of("type", "text", "text", text))
                      : content));
    }
    return all;
  }

  private static boolean isOfUser(Map<String, Object> message) {
    return "user".equals(message.get("role"));
  }

  /// Puts what the system says before what the user says first.
  private static void tell(String system, List<Map<String, Object>> messages) {
    for (var message : messages) {
      if (isOfUser(message)) {
        message.put("content", system + "\n\n" + message.get("content"));
        return;
      }
    }
    messages.addFirst(message("user", system));
  }

  private static Map<String, Object> message(String role, Object content) {
    var message = new LinkedHashMap<String, Object>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  /// Whether the user tells what tools have returned, since the template has no place for it.
  private boolean tellsResults() {
    return format.isTold() && !traits.results();
  }

  private static Map<String, Object> told(Map<String, Object> result) {
    var name = result.getOrDefault("name", "");
    return message(
        "user",
        "The tool%s returned:\n%s"
            .formatted("".equals(name) ? "" : " " + name, result.get("content")));
  }

  private Map<String, Object> message(Map<String, Object> given, String field) {
    var role = given.getOrDefault("role", Template.NONE);
    if (!(role instanceof String named) || !ROLES.contains(named)) {
      throw new AnswerRequestException(
          field + ".role",
          "is %s, and must be one of %s".formatted(quoted(role), String.join(", ", ROLES)));
    }
    var message = new LinkedHashMap<String, Object>();
    message.put("role", named.equals("developer") && !traits.developer() ? "system" : named);
    boolean calls = named.equals("assistant") && has(given, "tool_calls");
    boolean missing = !has(given, "content") || "".equals(given.get("content"));
    if (!has(given, "content") && (named.equals("user") || named.equals("system"))) {
      throw new AnswerRequestException(field + ".content", "is missing: give a text");
    }
    message.put(
        "content", missing ? "" : content(given.getOrDefault("content", ""), field + ".content"));
    if (calls) {
      addCalls(message, given, field, missing);
    }
    if (named.equals("assistant")) {
      addReasoning(message, given, field);
    }
    if (named.equals("tool")) {
      addResult(message, given, field);
    } else if (given.get("name") instanceof String name) {
      message.put("name", name);
    }
    return message;
  }

  private static boolean has(Map<String, Object> message, String name) {
    var value = message.getOrDefault(name, Template.NONE);
    return value != Template.NONE && !(value instanceof List<?> list && list.isEmpty());
  }

  private static String quoted(Object value) {
    return value == Template.NONE ? "missing" : PlainValues.text(value);
  }

  private static String content(Object content, String field) {
    if (content instanceof String text) {
      return text;
    }
    if (!(content instanceof List<?> parts)) {
      throw new AnswerRequestException(
          field, "is %s, and must be a text or a list of parts".formatted(quoted(content)));
    }
    var text = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      var place = field + "[" + i + "]";
      if (!(parts.get(i) instanceof Map<?, ?> part)) {
        throw new AnswerRequestException(
            place, "must be a part such as {\"type\": \"text\", \"text\": ...}");
      }
      if (!(part.get("type") instanceof String type) || !PARTS.contains(type)) {
        throw new AnswerRequestException(
            place + ".type",
            "is %s, and the model reads only text"
                .formatted(part.get("type") == null ? "missing" : quoted(part.get("type"))));
      }
      if (!(part.get("text") instanceof String said)) {
        throw new AnswerRequestException(place + ".text", "is missing: give a text");
      }
      text.append(said);
    }
    return text.toString();
  }

  private void addCalls(
      Map<String, Object> message, Map<String, Object> given, String field, boolean missing) {
    var place = field + ".tool_calls";
    if (!(given.get("tool_calls") instanceof List<?> list)) {
      throw new AnswerRequestException(place, "must be a list of calls");
    }
    boolean objects = traits.calls().map(TemplateTraits.Calls::objects).orElse(false);
    var calls = new ArrayList<Map<String, Object>>();
    for (int i = 0; i < list.size(); i++) {
      calls.add(call(list.get(i), place + "[" + i + "]", objects));
    }
    if (traits.calls().isPresent()) {
      message.put("content", missing ? traits.calls().get().content() : message.get("content"));
      message.put("tool_calls", calls);
    } else {
      var written = calls.stream().map(ConversationForm::toolCall).toList();
      var text =
          format
              .calls()
              .flatMap(syntax -> syntax.written(written))
              .orElseThrow(() ->
                  new AnswerRequestException(
                      place, "the model's chat template has no place for calls of tools"));
      message.merge("content", text, (before, more) -> before + (missing ? "" : "\n") + more);
    }
  }

  private static ToolCall toolCall(Map<String, Object> call) {
    var function =
        call.get("function") instanceof Map<?, ?> given ? given : Map.<String, Object>of();
    return new ToolCall(
        String.valueOf(call.get("id")),
        String.valueOf(function.get("name")),
        String.valueOf(function.get("arguments")));
  }

  private Map<String, Object> call(Object given, String field, boolean objects) {
    if (!(given instanceof Map<?, ?> call)
        || !(call.get("function") instanceof Map<?, ?> function)
        || !(function.get("name") instanceof String name)) {
      throw new AnswerRequestException(
          field,
          "must be a call such as {\"id\": ..., \"type\": \"function\", \"function\": {\"name\":"
              + " ..., \"arguments\": ...}}");
    }
    var written = new LinkedHashMap<String, Object>();
    var id = call.get("id") instanceof String text ? text : "";
    names.put(id, name);
    written.put("id", id(id));
    written.put("type", "function");
    var called = new LinkedHashMap<String, Object>();
    called.put("name", name);
    called.put("arguments", arguments(function.get("arguments"), field, objects));
    written.put("function", called);
    return written;
  }

  private static Object arguments(
      @org.jspecify.annotations.Nullable Object given, String field, boolean objects) {
    if (given == null || given == Template.NONE || "".equals(given)) {
      return objects ? Map.of() : "{}";
    }
    if (given instanceof String text) {
      if (!objects) {
        return text;
      }
      var value = PlainValues.literal(text);
      if (value instanceof Map<?, ?>) {
        return value;
      }
    } else if (given instanceof Map<?, ?>) {
      return objects ? given : PlainValues.text(given);
    }
    throw new AnswerRequestException(
        field + ".function.arguments",
        "is no JSON object: give what the model was to call it with");
  }

  private void addReasoning(Map<String, Object> message, Map<String, Object> given, String field) {
    var name = has(given, "reasoning_content") ? "reasoning_content" : "reasoning";
    if (!has(given, name)) {
      return;
    }
    if (!(given.get(name) instanceof String reasoning)) {
      throw new AnswerRequestException(field + "." + name, "must be a text");
    }
    message.put("reasoning_content", reasoning);
    if (format.harmony().isPresent() && !reasoning.isEmpty()) {
      // Its template takes either this or a content where tools were called.
      var content = message.get("content");
      boolean both =
          message.containsKey("tool_calls") && content instanceof String said && !said.isEmpty();
      message.put("thinking", both ? reasoning + "\n\n" + content : reasoning);
      if (both) {
        message.put("content", "");
      }
    }
  }

  private void addResult(Map<String, Object> message, Map<String, Object> given, String field) {
    if (!traits.results() && !tellsResults()) {
      throw new AnswerRequestException(
          field + ".role", "the model's chat template has no place for results of tools");
    }
    var id = given.get("tool_call_id") instanceof String text ? text : "";
    message.put("tool_call_id", id(id));
    var name = given.get("name") instanceof String text ? text : names.getOrDefault(id, "");
    if (!name.isEmpty()) {
      message.put("name", name);
    }
  }

  /// The same id, or one made of it, of the length that the template asks for.
  private String id(String given) {
    if (!traits.nineLetters() || NINE.matcher(given).matches()) {
      return given;
    }
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      var hash = digest.digest(given.getBytes(StandardCharsets.UTF_8));
      var id = new StringBuilder();
      for (int i = 0; i < 9; i++) {
        id.append(LETTERS.charAt((hash[i] & 0xFF) % LETTERS.length()));
      }
      return id.toString();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JVM has SHA-256", impossible);
    }
  }
}
