package dev.fader.langchain4j;

import dev.fader.answer.Answer;
import dev.fader.answer.ToolCall;
import dev.fader.generate.Generation;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.util.List;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Fader's answers as responses of LangChain4j.
final class Answers {
  private static final JsonMapper JSON = new JsonMapper();

  private Answers() {}

  static ChatResponse response(String model, Answer answer, Generation generation) {
    var message = AiMessage.builder();
    if (!answer.content().isEmpty()) {
      message.text(answer.content());
    }
    if (!answer.reasoning().isEmpty()) {
      message.thinking(answer.reasoning());
    }
    message.toolExecutionRequests(whole(answer, generation).stream().map(Answers::call).toList());
    var usage = new TokenUsage(generation.promptTokens(), generation.ids().size());
    var metadata =
        ChatResponseMetadata.builder()
            .id("chatcmpl-" + UUID.randomUUID())
            .modelName(model)
            .tokenUsage(usage)
            .finishReason(reason(answer, generation))
            .build();
    return ChatResponse.builder().aiMessage(message.build()).metadata(metadata).build();
  }

  /// The calls that can be done: the last one of a text that was cut off may lack arguments.
  private static List<ToolCall> whole(Answer answer, Generation generation) {
    var calls = answer.calls();
    boolean cut = !calls.isEmpty() && isCut(generation);
    return cut && !isObject(calls.getLast().arguments())
        ? calls.subList(0, calls.size() - 1)
        : calls;
  }

  private static boolean isCut(Generation generation) {
    return switch (generation.stopReason()) {
      case LENGTH, CONTEXT, INTERRUPTED -> true;
      case END_TOKEN, STOP_TEXT, GRAMMAR -> false;
    };
  }

  /// Whether a call has all of its arguments.
  static boolean isObject(String json) {
    try {
      return JSON.readTree(json).isObject();
    } catch (JacksonException cut) {
      return false;
    }
  }

  static ToolExecutionRequest call(ToolCall call) {
    return ToolExecutionRequest.builder()
        .id(call.id())
        .name(call.name())
        .arguments(call.arguments())
        .build();
  }

  private static FinishReason reason(Answer answer, Generation generation) {
    return switch (generation.stopReason()) {
      case LENGTH, CONTEXT -> FinishReason.LENGTH;
      case END_TOKEN, STOP_TEXT, GRAMMAR ->
          answer.calls().isEmpty() ? FinishReason.STOP : FinishReason.TOOL_EXECUTION;
      case INTERRUPTED -> FinishReason.OTHER;
    };
  }
}
