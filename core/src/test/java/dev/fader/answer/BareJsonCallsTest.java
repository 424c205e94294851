package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Calls in the syntax of Llama 3.
final class BareJsonCallsTest {
  private static final ParsedAnswers LLAMA =
      new ParsedAnswers(
          "Environment: ipython {\"name\": ..., \"parameters\": ...}",
          "{\"weather\": {}, \"time\": {}, \"ipython\": {}}");

  @Test
  void objectsThatNameAToolAreCalls() {
    for (var text :
        List.of(
            "{\"name\": \"weather\", \"parameters\": {\"city\": \"Rome\"}}",
            "\n{\"type\": \"function\", \"name\": \"weather\", \"parameters\": {\"city\": \"Rome\"}}",
            "{\"parameters\": {\"city\": \"Rome\"}, \"name\": \"weather\"} ",
            "<|python_tag|>{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}")) {
      var answer = LLAMA.whole(text);
      assertEquals(List.of("weather {\"city\": \"Rome\"}"), ParsedAnswers.calls(answer));
      assertEquals("", answer.content());
    }
    assertEquals(
        List.of("weather {}", "time {\"a\": \"{\"}"),
        ParsedAnswers.calls(
            LLAMA.whole(
                "{\"name\": \"weather\", \"parameters\": {}}; {\"name\": \"time\", \"parameters\":"
                    + " {\"a\": \"{\"}}")));
  }

  @Test
  void otherObjectsAreContent() {
    for (var text :
        List.of(
            "{\"city\": \"Rome\"}",
            "{\"name\": \"Rome\", \"parameters\": {}}",
            "{\"name\": \"weather\"}",
            "{\"name\": \"weather\", \"parameters\": 7}",
            "{\"name\": \"weather\", \"size\": {\"a\": 1}}",
            "{{\"name\": 1}",
            "a {b} {",
            "{\"name\": \"weather\", \"parameters\": {not json}",
            "{\"name\": \"weather\", \"para")) {
      assertEquals(new Answer(text, "", List.of()), LLAMA.whole(text));
    }
    assertEquals(new Answer("{\"name\": \"wea", "", List.of()), LLAMA.cut("{\"name\": \"wea"));
    assertEquals(
        List.of("weather {\"city\": \"Ro"),
        ParsedAnswers.calls(LLAMA.cut("{\"name\": \"weather\", \"parameters\": {\"city\": \"Ro")));
  }

  @Test
  void codeIsACallOfTheToolThatRunsIt() {
    assertEquals(
        List.of("ipython {\"code\": \"print(\\\"a\\\")\\n\"}"),
        ParsedAnswers.calls(LLAMA.whole("<|python_tag|>print(\"a\")\n")));
    assertEquals(
        List.of("ipython {\"code\": \"pri"), ParsedAnswers.calls(LLAMA.cut("<|python_tag|>pri")));
  }
}
