package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Calls whose parameters stand between tags.
final class XmlCallsTest {
  private static final String TOOLS =
      """
      {"find": {"properties": {"text": {"type": "string"}, "count": {"type": "integer"},
         "ratio": {"type": ["number", "null"]}, "deep": {"type": "boolean"},
         "where": {"type": "object"}, "tags": {"anyOf": [{"type": "array"}, {"type": "null"}]},
         "any": {}}},
       "stop": {}}
      """;

  private static final ParsedAnswers QWEN = new ParsedAnswers("<function=<parameter=", TOOLS);
  private static final ParsedAnswers GLM = new ParsedAnswers("<arg_key>", TOOLS);
  private static final ParsedAnswers MINIMAX = new ParsedAnswers("<minimax:tool_call>", TOOLS);
  private static final ParsedAnswers DEEPSEEK = new ParsedAnswers("{{ '｜DSML｜' }}", TOOLS);

  @Test
  void tagsHaveOtherNames() {
    var seed = new ParsedAnswers("<seed:tool_call><function=<parameter=</seed:think>", TOOLS);
    var answer =
        seed.whole(
            "<seed:think>Hm.</seed:think>See.\n<seed:tool_call>\n<function=find>\n"
                + "<parameter=text>a\nb</parameter>\n<parameter=count>2</parameter>\n"
                + "</function>\n</seed:tool_call>");
    assertEquals(List.of("find {\"text\": \"a\\nb\", \"count\": 2}"), ParsedAnswers.calls(answer));
    assertEquals(new Answer("See.", "Hm.", answer.calls()), answer);
    var longCat = new ParsedAnswers("<longcat_arg_key> </longcat_think>", TOOLS);
    answer =
        longCat.whole(
            "<longcat_think>\nHm.\n</longcat_think>\nSee.<longcat_tool_call>find\n"
                + "<longcat_arg_key>count</longcat_arg_key>\n"
                + "<longcat_arg_value>2</longcat_arg_value>\n</longcat_tool_call>\n"
                + "<longcat_tool_call>stop\n</longcat_tool_call>");
    assertEquals(List.of("find {\"count\": 2}", "stop {}"), ParsedAnswers.calls(answer));
    assertEquals(new Answer("See.", "Hm.", answer.calls()), answer);
    assertEquals(new Answer("", "", List.of()), longCat.cut("<longcat_to"));
  }

  private static String qwen(String key, String value) {
    return "<tool_call>\n<function=find>\n<parameter=%s>\n%s\n</parameter>\n</function>\n</tool_call>"
        .formatted(key, value);
  }

  @Test
  void valuesAreWhatTheSchemaSays() {
    record Value(String key, String written, String json) {}
    for (var each :
        List.of(
            new Value("text", "7", "\"7\""),
            new Value("text", "a\n\"b\" <c> \\", "\"a\\n\\\"b\\\" <c> \\\\\""),
            new Value("text", "", "\"\""),
            new Value("text", "\nif a:\n  b()\n", "\"\\nif a:\\n  b()\\n\""),
            new Value("count", "7", "7"),
            new Value("count", "seven", "\"seven\""),
            new Value("ratio", "-2.5e3", "-2.5e3"),
            new Value("ratio", "null", "null"),
            new Value("deep", "True", "true"),
            new Value("where", "{\"a\": [1, \"x\"]}", "{\"a\": [1, \"x\"]}"),
            new Value("where", "{'a': True, 'b': None}", "{\"a\": true, \"b\": null}"),
            new Value("where", "{a}", "\"{a}\""),
            new Value("tags", "['x', \"y\"]", "[\"x\", \"y\"]"),
            new Value("any", "[1]", "[1]"),
            new Value("any", "2, 3", "\"2, 3\""),
            new Value("else", "7", "\"7\""))) {
      assertEquals(
          List.of("find {\"" + each.key + "\": " + each.json + "}"),
          ParsedAnswers.calls(QWEN.whole(qwen(each.key, each.written))));
    }
  }

  @Test
  void qwensCallsFollowEachOther() {
    var stop = "<tool_call>\n<function=stop>\n</function>\n</tool_call>";
    var answer = QWEN.whole("First.\n" + qwen("count", "1") + "\n" + stop);
    assertEquals(List.of("find {\"count\": 1}", "stop {}"), ParsedAnswers.calls(answer));
    assertEquals("First.", answer.content());
    assertEquals(
        List.of("stop {}", "stop {}"),
        ParsedAnswers.calls(
            QWEN.whole("<function=stop></function>\n<tool_call><function=stop></tool_call>")));
    assertEquals(new Answer("<tool_call>{}", "", List.of()), QWEN.whole("<tool_call>{}"));
    assertEquals(new Answer("<function=a b>", "", List.of()), QWEN.whole("<function=a b>"));
    assertEquals(
        List.of("find {\"text\": \"a\", \"count\": 2}", "find {\"count\": 3}"),
        ParsedAnswers.calls(
            QWEN.whole(
                "<tool_call>\n<function=find>\n<parameter=text>\na\n<parameter=count>\n2\n</parameter>\n"
                    + "</function>\n</tool_call><function=find><parameter=count>\n3\n</function>")));
    assertEquals(
        List.of("find {\"count\": 1"),
        ParsedAnswers.calls(
            QWEN.cut(qwen("count", "1").replace("\n</function>\n</tool_call>", ""))));
    assertEquals(
        List.of("find {"), ParsedAnswers.calls(QWEN.cut(qwen("count", "1").substring(0, 45))));
  }

  @Test
  void glmNamesKeys() {
    assertEquals(
        List.of("find {\"text\": \"a b\", \"count\": 3}", "stop {}"),
        ParsedAnswers.calls(
            GLM.whole(
                "\n<tool_call>find\n<arg_key>text</arg_key>\n<arg_value>a b</arg_value>\n"
                    + "<arg_key>count</arg_key>\n<arg_value>3</arg_value>\n</tool_call>\n"
                    + "<tool_call>stop\n</tool_call>")));
    assertEquals(
        List.of("find {\"count\": 3}", "stop {}"),
        ParsedAnswers.calls(
            GLM.whole(
                "<tool_call>find<arg_key>count</arg_key><arg_value>3</arg_value></tool_call>"
                    + "<tool_call>stop</tool_call>")));
    assertEquals(new Answer("<tool_call> ?", "", List.of()), GLM.whole("<tool_call> ?"));
  }

  @Test
  void miniMaxInvokes() {
    assertEquals(
        List.of("find {\"text\": \"a\", \"count\": 3}", "stop {}"),
        ParsedAnswers.calls(
            MINIMAX.whole(
                "<minimax:tool_call>\n<invoke name=\"find\">\n<parameter name=\"text\">a</parameter>\n"
                    + "<parameter name=\"count\">3</parameter>\n</invoke>\n<invoke name=\"stop\">\n"
                    + "</invoke>\n</minimax:tool_call>")));
  }

  @Test
  void deepSeekSaysWhatIsText() {
    assertEquals(
        List.of("find {\"text\": \"3\", \"count\": 3, \"where\": {\"a\": 1}}", "stop {}"),
        ParsedAnswers.calls(
            DEEPSEEK.whole(
                "<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"find\">\n"
                    + "<｜DSML｜parameter name=\"text\" string=\"true\">3</｜DSML｜parameter>\n"
                    + "<｜DSML｜parameter name=\"count\" string=\"false\">3</｜DSML｜parameter>\n"
                    + "<｜DSML｜parameter name=\"where\""
                    + " string=\"false\">{\"a\": 1}</｜DSML｜parameter>\n"
                    + "</｜DSML｜invoke>\n<｜DSML｜invoke name=\"stop\">\n</｜DSML｜invoke>\n"
                    + "</｜DSML｜function_calls>")));
  }
}
