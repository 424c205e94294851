package dev.fader.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fader.answer.Answer;
import dev.fader.answer.ToolCall;
import dev.fader.generate.Generation;
import dev.fader.generate.Generation.StopReason;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.model.output.FinishReason;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

final class AnswersTest {
  private static final ToolCall WHOLE = new ToolCall("1", "f", "{\"a\": 1}");
  private static final ToolCall CUT = new ToolCall("2", "g", "{\"a\": ");

  private static Generation ended(StopReason reason) {
    return new Generation(
        List.of(1, 2),
        "",
        3,
        0,
        3,
        reason,
        Optional.empty(),
        0,
        0,
        Optional.empty(),
        OptionalDouble.empty());
  }

  private static void assertEnds(
      FinishReason expected, StopReason reason, List<ToolCall> calls, String... names) {
    var response = Answers.response("m", new Answer("", "", calls), ended(reason));
    assertThat(response.finishReason()).isEqualTo(expected);
    assertThat(response.aiMessage().toolExecutionRequests())
        .extracting(ToolExecutionRequest::name)
        .containsExactly(names);
  }

  @Test
  void halfACallIsNotDone() {
    assertEnds(FinishReason.LENGTH, StopReason.LENGTH, List.of(WHOLE, CUT), "f");
    assertEnds(FinishReason.LENGTH, StopReason.CONTEXT, List.of(CUT));
    assertEnds(FinishReason.TOOL_EXECUTION, StopReason.END_TOKEN, List.of(WHOLE, CUT), "f");
    assertEnds(FinishReason.OTHER, StopReason.END_TOKEN, List.of(CUT));
    assertEnds(FinishReason.STOP, StopReason.GRAMMAR, List.of());
  }
}
