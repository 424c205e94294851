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
import java.util.UUID;

/// Fader's answers as responses of LangChain4j.
final class Answers {
  private Answers() {}

  static ChatResponse response(String model, Answer answer, Generation generation) {
    var message = AiMessage.builder();
    if (!answer.content().isEmpty()) {
      message.text(answer.content());
    }
    if (!answer.reasoning().isEmpty()) {
      message.thinking(answer.reasoning());
    }
    message.toolExecutionRequests(answer.wholeCalls().stream().map(Answers::call).toList());
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
      case END_TOKEN, STOP_TEXT, GRAMMAR -> {
        if (!answer.wholeCalls().isEmpty()) {
          yield FinishReason.TOOL_EXECUTION;
        }
        yield answer.calls().isEmpty() ? FinishReason.STOP : FinishReason.OTHER;
      }
      case INTERRUPTED -> FinishReason.OTHER;
    };
  }
}
