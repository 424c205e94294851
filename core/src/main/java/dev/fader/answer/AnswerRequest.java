package dev.fader.answer;

import dev.fader.generate.Conversation;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// What a chat model is asked.
///
/// @param conversation messages and tools as OpenAI's interface has them; earlier calls may have
///   their arguments as objects or as text, contents may be texts or typed parts of text
/// @param variables of the template, such as `enable_thinking`: strings, numbers, booleans and
///   lists; those that it does not know have no effect
public record AnswerRequest(
    Conversation conversation,
    ToolChoice choice,
    ResponseFormat response,
    Map<String, Object> variables) {
  public AnswerRequest {
    variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
  }

  /// A conversation whose tools are called as the model likes.
  public AnswerRequest(Conversation conversation) {
    this(conversation, ToolChoice.AUTO, ResponseFormat.TEXT, Map.of());
  }

  /// The same with another choice of tools.
  public AnswerRequest with(ToolChoice other) {
    return new AnswerRequest(conversation, other, response, variables);
  }

  /// The same with another format of the content.
  public AnswerRequest with(ResponseFormat other) {
    return new AnswerRequest(conversation, choice, other, variables);
  }

  /// The same with other variables of the template.
  public AnswerRequest with(Map<String, Object> other) {
    return new AnswerRequest(conversation, choice, response, other);
  }
}
