package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Messages of gpt-oss.
final class HarmonyCallsTest {
  private static final ParsedAnswers HARMONY =
      new ParsedAnswers("<|channel|><|message|>", "{\"weather\": {}}");

  @Test
  void channelsSayWhatAMessageIs() {
    assertEquals(
        new Answer("It <b> rains.", "Let me think.", List.of()),
        HARMONY.whole(
            "<|channel|>analysis<|message|>Let me think.<|end|><|start|>assistant<|channel|>final"
                + "<|message|>It <b> rains."));
    assertEquals(
        new Answer("I look.\nDone.", "", List.of()),
        HARMONY.whole(
            "<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>final"
                + "<|message|>Done.<|return|>"));
    assertEquals(new Answer("Hello", "", List.of()), HARMONY.whole("Hello"));
    assertEquals(
        new Answer("", "Hm", List.of()), HARMONY.cut("<|channel|>analysis<|message|>Hm<|en"));
    assertEquals(new Answer("", "", List.of()), HARMONY.cut("<|channel|>anal"));
  }

  @Test
  void messagesToFunctionsAreCalls() {
    for (var header :
        List.of(
            "<|channel|>commentary to=functions.weather <|constrain|>json<|message|>",
            "<|channel|>commentary to=functions.weather<|message|>",
            " to=functions.weather<|channel|>commentary json<|message|>",
            "<|start|>assistant to=functions.weather<|channel|>commentary <|constrain|>json<|message|>")) {
      var answer = HARMONY.whole(header + "{\"city\": \"<|end|>\"}<|call|>");
      assertEquals(List.of("weather {\"city\": \"<|end|>\"}"), ParsedAnswers.calls(answer), header);
      assertEquals("", answer.content());
    }
    assertEquals(
        List.of("weather foo", "weather {}"),
        ParsedAnswers.calls(
            HARMONY.whole(
                "<|channel|>commentary to=functions.weather<|message|>foo<|call|><|start|>assistant"
                    + "<|channel|>commentary to=functions.weather<|message|><|call|>")));
    var both =
        HARMONY.whole(
            "<|channel|>analysis<|message|>Rain?<|end|><|start|>assistant<|channel|>commentary"
                + " to=functions.weather <|constrain|>json<|message|>{\"a\": 1}");
    assertEquals(List.of("weather {\"a\": 1}"), ParsedAnswers.calls(both));
    assertEquals("Rain?", both.reasoning());
  }
}
