package dev.fader.serve.openai;

import dev.fader.answer.AnswerRequestException;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The input of a response as the messages of a chat: items that one answer is made of become one
/// message.
final class ResponseInput {
  private static final int MOST = 10_000;
  private static final List<String> TEXTS =
      List.of("input_text", "output_text", "text", "summary_text", "reasoning_text");
  private static final Pattern MESSAGE = Pattern.compile("messages\\[(\\d{1,9})]");
  private static final String CONTENT = "content";
  private static final String CALLS = "tool_calls";
  private static final String REASONING = "reasoning_content";

  private final List<Map<String, Object>> messages = new ArrayList<>();
  private final List<String> paths = new ArrayList<>(); // where in the body each message begins
  private Optional<Map<String, Object>> answer = Optional.empty(); // that may go on

  private ResponseInput() {}

  /// @throws ApiException if an item is wrong
  static ResponseInput read(BodyFields body) {
    var input = new ResponseInput();
    body.text("instructions").ifPresent(said -> input.add("system", said, "instructions"));
    var value = body.value("input").orElseThrow(() -> body.missing("input"));
    if (value.isString()) {
      input.add("user", BodyFields.text("input", value), "input");
    } else {
      body.objects("input", MOST).forEach(input::add);
    }
    return input;
  }

  List<Map<String, Object>> messages() {
    return messages;
  }

  private Map<String, Object> add(String role, String content, String path) {
    var message = new LinkedHashMap<String, Object>();
    message.put("role", role);
    message.put(CONTENT, content);
    messages.add(message);
    paths.add(path);
    answer = role.equals("assistant") ? Optional.of(message) : Optional.empty();
    return message;
  }

  private void add(BodyFields item) {
    var type = item.text("type").orElse("message");
    var place = item.path();
    switch (type) {
      case "message" -> addMessage(item, place);
      case "function_call" -> addCall(item, place);
      case "function_call_output" -> {
        var result = add("tool", text(item, "output"), place);
        result.put("tool_call_id", item.requiredText("call_id"));
      }
      case "reasoning" -> {
        var thought = text(item, item.has(CONTENT) ? CONTENT : "summary");
        add("assistant", "", place).put(REASONING, thought);
      }
      case "item_reference" ->
          throw item.refused("type", "responses are not stored: send the item itself");
      default ->
          throw item.wrong("type", "message, function_call, function_call_output or reasoning");
    }
  }

  private void addMessage(BodyFields item, String place) {
    var role = item.requiredText("role");
    var said = text(item, CONTENT);
    if (role.equals("assistant")
        && answer.isPresent()
        && "".equals(answer.get().get(CONTENT))
        && !answer.get().containsKey(CALLS)) {
      answer.get().put(CONTENT, said);
    } else {
      add(role, said, place);
    }
  }

  private void addCall(BodyFields item, String place) {
    var message = answer.isPresent() ? answer.get() : add("assistant", "", place);
    var function = new LinkedHashMap<String, Object>();
    function.put("name", item.requiredText("name"));
    function.put("arguments", item.text("arguments").orElse(""));
    var call = new LinkedHashMap<String, Object>();
    call.put("id", item.requiredText("call_id"));
    call.put("type", "function");
    call.put("function", function);
    var calls = new ArrayList<Object>();
    if (message.get(CALLS) instanceof List<?> before) {
      calls.addAll(before);
    }
    calls.add(call);
    message.put(CALLS, calls);
  }

  /// A text, or the parts of one.
  private static String text(BodyFields item, String name) {
    var value = item.value(name);
    if (value.isPresent() && value.get().isString()) {
      return BodyFields.text(item.path(name), value.get());
    }
    var text = new StringBuilder();
    for (var part : item.objects(name, MOST)) {
      var type = part.text("type").orElse("input_text");
      if (type.equals("refusal")) {
        text.append(part.requiredText("refusal"));
      } else if (TEXTS.contains(type)) {
        text.append(part.requiredText("text"));
      } else {
        throw part.wrong("type", "of text: the model reads no images, files or sounds");
      }
    }
    return text.toString();
  }

  /// What is wrong with the messages, said of the items.
  ApiException told(AnswerRequestException wrong) {
    var field = wrong.field().replace(".function.", ".").replace("response_format", "text.format");
    var matcher = MESSAGE.matcher(field);
    if (matcher.find()) {
      int number = Integer.parseInt(matcher.group(1));
      var place = number < paths.size() ? paths.get(number) : "input";
      field = place + field.substring(matcher.end());
    }
    var message = String.valueOf(wrong.getMessage());
    var problem =
        message.startsWith(wrong.field())
            ? message.substring(wrong.field().length())
            : ": " + message;
    return ApiException.invalid(field, "`" + field + "`" + problem);
  }
}
