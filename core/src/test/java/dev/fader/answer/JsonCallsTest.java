package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Calls in the syntax of Hermes and Qwen.
final class JsonCallsTest {
  private static final ParsedAnswers HERMES =
      new ParsedAnswers("<tool_call>", "{\"weather\": {}, \"time\": {}}");

  private static final ParsedAnswers COMMAND =
      new ParsedAnswers("<|START_ACTION|>", "{\"weather\": {}, \"time\": {}}");

  @Test
  void coheresActionsHaveOtherKeysAndItsContentHasAFrame() {
    var answer =
        COMMAND.whole(
            "<|START_THINKING|>I ask.<|END_THINKING|><|START_ACTION|>[\n    {\"tool_call_id\": \"0\","
                + " \"tool_name\": \"weather\", \"parameters\": {\"city\": \"Köln\"}},\n    "
                + "{\"tool_name\": \"time\", \"parameters\": {}}\n]<|END_ACTION|>");
    assertEquals(List.of("weather {\"city\": \"Köln\"}", "time {}"), ParsedAnswers.calls(answer));
    assertEquals(new Answer("", "I ask.", answer.calls()), answer);
    assertEquals(
        new Answer("It rains.", "", List.of()),
        COMMAND.whole("<|START_RESPONSE|>It rains.<|END_RESPONSE|>"));
    assertEquals(
        new Answer("It rains.\nA lot.", "Hm.", List.of()),
        COMMAND.whole(
            "<|START_THINKING|>Hm.<|END_THINKING|>\n<|START_RESPONSE|>\nIt rains.\nA lot."));
    assertEquals(new Answer("It", "", List.of()), COMMAND.cut("<|START_RESPONSE|>It<|END_RES"));
    assertEquals(
        new Answer("<|START_ACTION|>no", "", List.of()), COMMAND.whole("<|START_ACTION|>no"));
  }

  @Test
  void listsBeginWithAWordOrStandBesideAFrame() {
    var functools = new ParsedAnswers(" functools[", "{\"weather\": {}, \"time\": {}}");
    var answer =
        functools.whole(
            "So: functools[{\"name\": \"weather\", \"arguments\": {\"a\": 1}},"
                + " {\"name\": \"time\", \"arguments\": {}}]");
    assertEquals(List.of("weather {\"a\": 1}", "time {}"), ParsedAnswers.calls(answer));
    assertEquals("So:", answer.content());
    assertEquals(
        new Answer("import functools.", "", List.of()), functools.whole("import functools."));
    var hunyuan =
        new ParsedAnswers("<tool_calls> <answer> </think>", "{\"weather\": {}, \"time\": {}}");
    answer =
        hunyuan.whole(
            "<think>\nHm.\n</think>\n<answer>\nYes.\n</answer>\n"
                + "<tool_calls>[{\"name\": \"time\", \"arguments\": {}}]</tool_calls>");
    assertEquals(new Answer("Yes.", "Hm.", answer.calls()), answer);
    assertEquals(List.of("time {}"), ParsedAnswers.calls(answer));
  }

  @Test
  void callsAreReadWithTheTextAroundThem() {
    var answer =
        HERMES.whole(
            "Let me look.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Köln\","
                + " \"days\": [1, 2.5e-3, true, null, {\"a\": \"</tool_call>\"}]}}\n</tool_call>\nDone.");
    assertEquals("Let me look.\nDone.", answer.content());
    assertEquals(
        List.of(
            "weather {\"city\": \"Köln\", \"days\": [1, 2.5e-3, true, null, {\"a\":"
                + " \"</tool_call>\"}]}"),
        ParsedAnswers.calls(answer));
    assertTrue(answer.calls().getFirst().id().matches("call_[0-9A-Za-z]{24}"));
  }

  @Test
  void severalCallsFollowEachOther() {
    var two =
        "<tool_call>\n{\"name\": \"weather\", \"arguments\": {}}\n</tool_call>\n"
            + "<tool_call>\n{\"name\": \"time\", \"arguments\": {\"zone\": \"UTC\"}}\n</tool_call>";
    var expected = List.of("weather {}", "time {\"zone\": \"UTC\"}");
    var answer = HERMES.whole(two);
    assertEquals("", answer.content());
    assertEquals(expected, ParsedAnswers.calls(answer));
    assertTrue(!answer.calls().get(0).id().equals(answer.calls().get(1).id()));
    assertEquals(expected, ParsedAnswers.calls(HERMES.whole(two.replace("\n</tool_call>\n", ""))));
    assertEquals(
        expected,
        ParsedAnswers.calls(
            HERMES.whole(
                "<tool_call>[{\"name\":\"weather\",\"arguments\":{}},"
                    + "{\"name\":\"time\",\"arguments\":{\"zone\": \"UTC\"}}]</tool_call>")));
  }

  @Test
  void membersComeInAnyOrderAndArgumentsMayBeTextOrMissing() {
    assertEquals(
        List.of("time {\"zone\":1}"),
        ParsedAnswers.calls(
            HERMES.whole("<tool_call>{\"arguments\":{\"zone\":1},\"name\":\"time\"}</tool_call>")));
    assertEquals(
        List.of("time {\"a\": \"b\\n\"}"),
        ParsedAnswers.calls(
            HERMES.whole(
                "<tool_call>{\"arguments\":\"{\\\"a\\\": \\\"b\\\\n\\\"}\",\"x\":[1],\"name\":"
                    + "\"time\"}</tool_call>")));
    assertEquals(
        List.of("time \"hello\""),
        ParsedAnswers.calls(
            HERMES.whole("<tool_call>{\"name\": \"time\", \"arguments\": \"hello\"}</tool_call>")));
    for (var members : List.of("", ", \"arguments\": null", ", \"id\": 7 ")) {
      assertEquals(
          List.of("time {}"),
          ParsedAnswers.calls(
              HERMES.whole("<tool_call>{\"name\": \"ti\\u006de\"" + members + "}</tool_call>")));
    }
  }

  @Test
  void whatIsNoCallIsContent() {
    for (var text :
        List.of(
            "<tool_call>what?</tool_call>",
            "<tool_call>\n{\"city\": \"Rome\"}\n</tool_call>",
            "<tool_call>{\"name\": 7, \"arguments\": {}}",
            "<tool_call>{\"name\": \"\", \"arguments\": {}}",
            "<tool_call>",
            "<tool_call>[",
            "<tool_call>[]</tool_call>",
            "<tool_call>{\"arguments\": {\"a\": 1}}</tool_call>",
            "a <tool_call> b <tool_call>")) {
      assertEquals(new Answer(text, "", List.of()), HERMES.whole(text));
    }
    assertEquals(
        List.of("time {}"),
        ParsedAnswers.calls(HERMES.whole("<tool_call><tool_call>{\"name\": \"time\"}")));
  }

  @Test
  void aCutCallStaysWhatItIs() {
    var call = "<tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}";
    assertEquals(new Answer("", "", List.of()), HERMES.cut(call.substring(0, 22)));
    assertEquals(
        List.of("weather {\"city\": \"Ro"),
        ParsedAnswers.calls(HERMES.cut(call.substring(0, call.length() - 5))));
    assertEquals(
        List.of("weather {\"city\": \"Rome\"}"),
        ParsedAnswers.calls(HERMES.cut(call.substring(0, call.length() - 1))));
  }

  @Test
  void mistakesInArgumentsStayInThem() {
    assertEquals(
        List.of("weather {\"city\": Rome}}\n"),
        ParsedAnswers.calls(
            HERMES.whole(
                "<tool_call>{\"name\": \"weather\", \"arguments\": {\"city\":"
                    + " Rome}}\n</tool_call>")));
  }

  @Test
  void controlCharactersInStringsAreEscaped() {
    assertEquals(
        List.of("weather {\"city\": \"a\\nb\\u0001\"}"),
        ParsedAnswers.calls(
            HERMES.whole(
                "<tool_call>{\"name\": \"weather\", \"arguments\": {\"city\":"
                    + " \"a\nb\u0001\"}}</tool_call>")));
  }
}
