package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Calls in the syntaxes of Mistral, DeepSeek and Kimi.
final class NamedCallsTest {
  private static final String TOOLS = "{\"weather\": {}, \"time\": {}}";
  private static final ParsedAnswers MISTRAL = new ParsedAnswers("[TOOL_CALLS][ARGS]", TOOLS);
  private static final ParsedAnswers DEEPSEEK =
      new ParsedAnswers("<｜tool▁call▁begin｜>\n```json", TOOLS);
  private static final ParsedAnswers KIMI = new ParsedAnswers("<|tool_call_begin|>", TOOLS);

  @Test
  void mistralWritesListsOrNames() {
    for (var text :
        List.of(
            "[TOOL_CALLS][{\"name\": \"weather\", \"arguments\": {\"a\": 1}}, {\"name\": \"time\","
                + " \"arguments\": {}}]",
            "[TOOL_CALLS] [{\"arguments\": {\"a\": 1}, \"name\": \"weather\"},"
                + "{\"name\":\"time\",\"arguments\":{}}]\n",
            "[TOOL_CALLS]weather[ARGS]{\"a\": 1}[TOOL_CALLS]time[ARGS]{}",
            "[TOOL_CALLS]weather{\"a\": 1}[TOOL_CALLS]time{}")) {
      var answer = MISTRAL.whole("Now. " + text);
      assertEquals(List.of("weather {\"a\": 1}", "time {}"), ParsedAnswers.calls(answer), text);
      assertEquals("Now.", answer.content(), text);
      assertTrue(answer.calls().getFirst().id().matches("[0-9A-Za-z]{9}"), text);
    }
    var withId = MISTRAL.whole("[TOOL_CALLS]time[CALL_ID]abcDEF123[ARGS]{\"b\": \"[TOOL_CALLS]\"}");
    assertEquals(
        List.of(new ToolCall("abcDEF123", "time", "{\"b\": \"[TOOL_CALLS]\"}")), withId.calls());
    assertEquals(
        new Answer("[TOOL_CALLS]not json", "", List.of()), MISTRAL.whole("[TOOL_CALLS]not json"));
    assertEquals(
        List.of("time {\"a\": x}"),
        ParsedAnswers.calls(MISTRAL.whole("[TOOL_CALLS]time{\"a\": x}")));
    assertEquals(
        List.of("time {\"a\""), ParsedAnswers.calls(MISTRAL.cut("[TOOL_CALLS]time{\"a\"")));
    assertEquals(new Answer("", "", List.of()), MISTRAL.cut("[TOOL_CALLS]tim"));
  }

  @Test
  void deepSeekWritesFencesOrNone() {
    var begin = "<｜tool▁calls▁begin｜>";
    var end = "<｜tool▁calls▁end｜>";
    var fenced =
        "<｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{\"a\": \"`\"}\n```<｜tool▁call▁end｜>";
    var plain = "<｜tool▁call▁begin｜>time<｜tool▁sep｜>{\"b\": 2}<｜tool▁call▁end｜>";
    assertEquals(
        List.of("weather {\"a\": \"`\"}", "time {\"b\": 2}"),
        ParsedAnswers.calls(DEEPSEEK.whole(begin + fenced + "\n" + plain + end)));
    var answer = DEEPSEEK.whole("I look.\n\n" + plain + " So");
    assertEquals(List.of("time {\"b\": 2}"), ParsedAnswers.calls(answer));
    assertEquals("I look.\n\nSo", answer.content());
    assertEquals(new Answer(begin + "no", "", List.of()), DEEPSEEK.whole(begin + "no"));
    assertEquals(
        List.of("time {}"),
        ParsedAnswers.calls(
            DEEPSEEK.whole(begin + "<｜tool▁call▁begin｜>time<｜tool▁sep｜><｜tool▁call▁end｜>" + end)));
  }

  @Test
  void functionariesTagsHoldTheName() {
    var tags = new ParsedAnswers("<function=name>{}</function>", TOOLS);
    var answer =
        tags.whole(
            "Now. <function=weather>{\"a\": \"</function>\"}</function>\n"
                + "<function=time></function>");
    assertEquals(
        List.of("weather {\"a\": \"</function>\"}", "time {}"), ParsedAnswers.calls(answer));
    assertEquals("Now.", answer.content());
    assertEquals(new Answer("<function=a b>{", "", List.of()), tags.whole("<function=a b>{"));
    assertEquals(new Answer("", "", List.of()), tags.cut("<function=weath"));
  }

  @Test
  void kimisIdsNameTheFunction() {
    assertEquals(
        List.of(
            new ToolCall("functions.weather:0", "weather", "{\"a\": 1}"),
            new ToolCall("functions.a.b:12", "a.b", "{}")),
        KIMI.whole(
                "<|tool_calls_section_begin|>"
                    + "<|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{\"a\":"
                    + " 1}<|tool_call_end|>"
                    + "<|tool_call_begin|> functions.a.b:12"
                    + " <|tool_call_argument_begin|>{}<|tool_call_end|>"
                    + "<|tool_calls_section_end|>")
            .calls());
    assertEquals(
        new Answer("<|tool_call_begin|> a b<|tool_call_argument_begin|>{", "", List.of()),
        KIMI.whole("<|tool_call_begin|> a b<|tool_call_argument_begin|>{"));
  }
}
