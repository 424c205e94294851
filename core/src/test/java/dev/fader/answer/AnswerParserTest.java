package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.TokenSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What all families have in common.
final class AnswerParserTest {
  private static final String TOOLS = "{\"weather\": {}, \"time\": {}}";
  private static final ParsedAnswers PLAIN = new ParsedAnswers("{{ messages }}", "{}");
  private static final ParsedAnswers THINKING =
      new ParsedAnswers("<think></think><tool_call>", TOOLS);

  @Test
  void plainTextStaysAsItIs() {
    for (var text :
        List.of(
            "", " ", "Hello.\n", "\n\n  a b \t", "<tool_call>{}</tool_call>", "<think>a", "😀é")) {
      assertEquals(new Answer(text, "", List.of()), PLAIN.whole(text));
      assertEquals(new Answer(text, "", List.of()), PLAIN.cut(text));
    }
  }

  @Test
  void thoughtsAreApart() {
    assertEquals(
        new Answer("It is 4.", "2 and 2\n\nmake 4", List.of()),
        THINKING.whole("<think>\n2 and 2\n\nmake 4\n</think>\n\nIt is 4."));
    assertEquals(new Answer("Hi", "", List.of()), THINKING.whole("<think>\n\n</think>\n\nHi"));
    assertEquals(new Answer("", "Let me", List.of()), THINKING.cut("<think>Let me </thi"));
    assertEquals(new Answer("a </think> b", "", List.of()), THINKING.whole("a </think> b"));
  }

  @Test
  void halfATagIsNoContentWhereTheAnswerIsCut() {
    assertEquals(new Answer("See\n", "", List.of()), THINKING.cut("See\n<tool_ca"));
    assertEquals(new Answer("See\n<tool_ca", "", List.of()), THINKING.whole("See\n<tool_ca"));
    assertEquals(new Answer("a <", "", List.of()), THINKING.cut("a <"));
    assertEquals(new Answer("a <<tool_calf>", "", List.of()), THINKING.whole("a <<tool_calf>"));
  }

  @Test
  void onlyTheTokenOfATagIsATag() {
    var tag = new Tag("<tool_call>", OptionalInt.of(1));
    var out = new AnswerWriter(new CallIds(new Random(1), false));
    var calls =
        new JsonCalls(
            tag, Optional.of(new Tag("</tool_call>", OptionalInt.of(2))), JsonCalls.Form.OBJECTS);
    var reading =
        new Reading(out, DeclaredTools.UNKNOWN, Optional.of(calls), Optional.empty(), List.of());
    var parser = new AnswerParser(out, reading.content());
    var parts = new ArrayList<AnswerPart>();
    parts.addAll(parser.accept("Write <tool_call>{} so: <tool"));
    // One that was cut by what waits for a stop string.
    parts.addAll(parser.accept("_call>{<tool_", List.of(new TokenSpan(7, 18))));
    parts.addAll(parser.accept("call>{\"name\": \"f\"}", List.of(new TokenSpan(-6, 5))));
    parts.addAll(parser.accept("</tool_call>", List.of(new TokenSpan(0, 12))));
    parts.addAll(parser.finish(false));
    var answer = Answer.of(parts);
    assertEquals("Write <tool_call>{} so: <tool_call>{", answer.content());
    assertEquals(List.of("f {}"), ParsedAnswers.calls(answer));
  }

  @Test
  void hostileTextTakesLinearTime() {
    for (var unit :
        List.of(
            "<tool_call>{\"name\":\"a\",\"arguments\":{\"b\":[",
            "<tool_call>",
            "<tool_call>{\"a\":\"",
            "<tool_call>{\"a\":\"\\",
            "<tool_call>[{\"x\":",
            "<tool_call>{\"name\":{\"name\":",
            "<think></think>",
            "</tool_call>",
            "<<<<",
            "[[[[",
            " \n")) {
      var parser = THINKING.format().parser();
      var text = unit.repeat(300_000 / unit.length());
      long began = System.nanoTime();
      var parts = new ArrayList<AnswerPart>();
      for (int i = 0; i < text.length(); i += 7) {
        parts.addAll(parser.accept(text.substring(i, Math.min(text.length(), i + 7))));
      }
      parts.addAll(parser.finish(false));
      assertTrue(System.nanoTime() - began < 5_000_000_000L, unit);
      assertTrue(parts.size() < 400_000, unit);
    }
  }
}
