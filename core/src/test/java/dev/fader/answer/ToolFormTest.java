package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.generate.PlainValues;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ToolFormTest {
  @TempDir private Path folder;

  private static List<Object> tools(String json) {
    return List.of(PlainValues.literal(json.replace('\'', '"')));
  }

  private static String form(String json, boolean complete) {
    return PlainValues.text(ToolForm.of(tools(json), complete)).replace('"', '\'');
  }

  @Test
  void functionsStandWithinTools() {
    var nested = "[{'type':'function','function':{'name':'f','parameters':{'type':'object'}}}]";
    assertEquals(
        nested,
        form(
            "{'function': {'name': 'f', 'strict': true, 'parameters': {'type': 'object'}}}",
            false));
    assertEquals(
        nested,
        form(
            "{'type': 'function', 'name': 'f', 'parameters': {'type': 'object'}, 'strict': null}",
            false));
  }

  @Test
  void whatIsMissingIsAdded() {
    assertEquals(
        "[{'type':'function','function':{'name':'f','description':'','parameters':{'type':'object',"
            + "'properties':{}}}}]",
        form("{'type': 'function', 'name': 'f'}", true));
    assertEquals(
        "[{'type':'function','function':{'name':'f','parameters':{'type':'object','properties':"
            + "{'a':{'type':'string','description':''}},'required':['a']},'description':''}}]",
        form(
            "{'name': 'f', 'parameters': {'properties': {'a': {'type': 'string'}}, 'required': ['a']}}",
            true));
  }

  @Test
  void templatesThatNeedItGetIt() throws IOException {
    var template =
        "{# <tool_call> #}{% for t in tools %}{{ t.function.name ~ ':' ~ t.function.description"
            + " ~ ';' }}{% endfor %}{{ messages[0].content }}";
    var planner = new AnswerPlanner(ChatModels.template(template, folder), Tokenizer.bytes());
    var asked = ChatModels.question("Hi").withTools(tools("{'type': 'function', 'name': 'f'}"));
    assertEquals("f:;Hi", planner.plan(new AnswerRequest(asked)).text());
  }
}
