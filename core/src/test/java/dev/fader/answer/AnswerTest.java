package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class AnswerTest {
  private static ToolCall call(String arguments) {
    return new ToolCall("1", "f", arguments);
  }

  @Test
  void callsAreWholeWhoseArgumentsAreAnObject() {
    for (var whole : List.of("{}", " { \"a\": [1, {\"b\": null}] } ", "{\"a\":\"}\"}")) {
      assertTrue(call(whole).isWhole(), whole);
    }
    for (var cut :
        List.of("", "{", "{\"a\": 1", "{\"a\": 1}}", "{} {}", "[]", "7", "\"{}\"", "{a: 1}")) {
      assertFalse(call(cut).isWhole(), cut);
    }
    // Neither deep values nor long numbers may cost more than a refusal.
    assertFalse(call("{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}").isWhole());
    assertFalse(call("{\"a\":" + "1".repeat(100_000) + "}").isWhole());
  }

  @Test
  void wholeCallsLeaveOutWhatWasCut() {
    var calls = List.of(call("{\"a\": 1}"), call("{\"a\": oops}"), call("{}"), call("{\"a\": "));
    var answer = new Answer("", "", calls);
    assertEquals(List.of(calls.get(0), calls.get(2)), answer.wholeCalls());
    assertEquals(List.of(), new Answer("x", "", List.of()).wholeCalls());
  }
}
