package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Calls as Python.
final class PythonicCallsTest {
  private static final String TOOLS = "{\"weather\": {}, \"time\": {}}";
  private static final ParsedAnswers TAGGED = new ParsedAnswers("<|tool_call_start|>", TOOLS);
  private static final ParsedAnswers BARE = new ParsedAnswers("[func_name1(", TOOLS);

  private static String tagged(String calls) {
    return "<|tool_call_start|>" + calls + "<|tool_call_end|>";
  }

  @Test
  void literalsBecomeJson() {
    var calls =
        "[weather(a='it\\'s \"x\"', b = [1, 2.0, .5,], c={'k': (True, None)}, d=\"\\u00e9\\x41\\n\","
            + " e=1_000, f=''), time()]";
    var expected =
        List.of(
            "weather {\"a\": \"it's \\\"x\\\"\", \"b\": [1, 2.0, 0.5], \"c\": {\"k\": [true,"
                + " null]}, \"d\": \"éA\\n\", \"e\": 1000, \"f\": \"\"}",
            "time {}");
    assertEquals(expected, ParsedAnswers.calls(TAGGED.whole(tagged(calls))));
    assertEquals(expected, ParsedAnswers.calls(BARE.whole(calls)));
  }

  @Test
  void listsMayBeJsonOrHaveNoBrackets() {
    assertEquals(
        List.of("time {\"a\": 1}"),
        ParsedAnswers.calls(
            TAGGED.whole(tagged("[{\"name\": \"time\", \"arguments\": {\"a\": 1}}]"))));
    assertEquals(
        List.of("time {\"a\": 1}", "weather {}"),
        ParsedAnswers.calls(TAGGED.whole("Hm " + tagged("time(a=1)\nweather()") + " So")));
  }

  @Test
  void whatIsNoCallIsContent() {
    for (var text :
        List.of("[1, 2]", "[a](http://b)", "[clock(a=1)]", "[weather", "[x [y] z", "a[0]")) {
      assertEquals(new Answer(text, "", List.of()), BARE.whole(text));
    }
    assertEquals(
        new Answer("<|tool_call_start|>?", "", List.of()), TAGGED.whole("<|tool_call_start|>?"));
    assertEquals(
        List.of("time {\"a\": x y}"), ParsedAnswers.calls(TAGGED.whole(tagged("[time(a=x y}"))));
    assertEquals(
        List.of("time {\"a\": \"x"),
        ParsedAnswers.calls(TAGGED.cut("<|tool_call_start|>[time(a='x")));
  }
}
