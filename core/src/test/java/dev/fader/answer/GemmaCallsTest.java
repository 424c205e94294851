package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Calls in Gemma's notation.
final class GemmaCallsTest {
  private static final ParsedAnswers SMALL = new ParsedAnswers("<start_function_call>", "{}");
  private static final ParsedAnswers GEMMA =
      new ParsedAnswers("<|tool_call><tool_call|><|channel>", "{}");

  @Test
  void literalsBecomeJson() {
    assertEquals(
        List.of(
            "f {\"a\":1,\"b\":\"x, {y}: \\\"z\\\"\\n\",\"c\":[true,null,-2.5],\"d\":{\"e\":\"\"},"
                + "\"g\":\"some words\",\"h\":\"\"}"),
        ParsedAnswers.calls(
            SMALL.whole(
                "<start_function_call>call:f{a:1,b:<escape>x, {y}: \"z\"\n<escape>,"
                    + "c:[true,null,-2.5],d:{e:<escape><escape>},g:some words,h:}<end_function_call>")));
    assertEquals(
        List.of("a-b.c {}"),
        ParsedAnswers.calls(SMALL.whole("<start_function_call>call:a-b.c{}<end_function_call>")));
    assertEquals(
        List.of("f {\"a b\":[\"x\",\"y\"],\"n\":{\"k\":1}}"),
        ParsedAnswers.calls(
            GEMMA.whole(
                "<|tool_call>call:f{<|\"|>a b<|\"|>:[<|\"|>x<|\"|>, \"y\"],n:{k:1}}<tool_call|>")));
  }

  @Test
  void callsFollowEachOtherWithOrWithoutTags() {
    for (var text :
        List.of(
            "<|tool_call>call:f{a:1}<tool_call|><|tool_call>call:g{}<tool_call|>",
            "<|tool_call>call:f{a:1}call:g{}<tool_call|>")) {
      assertEquals(List.of("f {\"a\":1}", "g {}"), ParsedAnswers.calls(GEMMA.whole(text)));
    }
  }

  @Test
  void whatIsNoCallIsContent() {
    for (var text :
        List.of("<|tool_call>", "<|tool_call>call", "<|tool_call>call:f", "<|tool_call>f{a:1}")) {
      assertEquals(new Answer(text, "", List.of()), GEMMA.whole(text));
    }
    assertEquals(
        List.of("f {\"a\":]}"),
        ParsedAnswers.calls(GEMMA.whole("<|tool_call>call:f{a:]}<tool_call|>")));
    assertEquals(
        List.of("f {\"a\":\"x"), ParsedAnswers.calls(GEMMA.cut("<|tool_call>call:f{a:<|\"|>x")));
  }

  @Test
  void thoughtsHaveALabel() {
    assertEquals(
        new Answer("Yes.", "I think", List.of()),
        GEMMA.whole("<|channel>thought\nI think\n<channel|>Yes."));
    assertEquals(
        new Answer("Yes.", "though", List.of()), GEMMA.whole("<|channel>though<channel|>Yes."));
  }
}
