package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Messages reach templates in the form that they take.
final class ConversationFormTest {
  private static final String CALLED =
      """
      [{'role': 'user', 'content': 'Rain?'},
       {'role': 'assistant', 'content': null, 'tool_calls': [{'id': 'call_1', 'type': 'function',
         'function': {'name': 'weather', 'arguments': '{ \\'city\\':\\'Rome\\'}'}}]},
       {'role': 'tool', 'tool_call_id': 'call_1', 'content': [{'type': 'text', 'text': 'No'}]}]
      """;

  @TempDir private Path folder;

  private String text(String template, String messages) throws IOException {
    return new AnswerPlanner(ChatModels.template(template, folder), Tokenizer.bytes())
        .plan(new AnswerRequest(ChatModels.conversation(messages)))
        .text();
  }

  private String refused(String template, String messages) {
    return assertThrows(AnswerRequestException.class, () -> text(template, messages)).getMessage();
  }

  @Test
  void argumentsStayTextWhereTheTemplateTakesIt() throws IOException {
    assertEquals(
        "<|user|>Rain?<|end|>\n<|assistant|><tool_call>\n{\"name\": \"weather\", \"arguments\": {"
            + " \"city\":\"Rome\"}}\n</tool_call><|end|>\n<|tool|>No<|end|>\n<|assistant|>",
        text(ChatModels.HERMES, CALLED));
  }

  @Test
  void argumentsAreObjectsWhereTheTemplateWantsThem() throws IOException {
    assertTrue(
        text(
                ChatModels.HERMES.replace(
                    "call.function.arguments if call.function.arguments is string else ", ""),
                CALLED)
            .contains("\"arguments\": {\"city\": \"Rome\"}}"));
  }

  @Test
  void contentsArePartsWhereTheTemplateWantsThem() throws IOException {
    var template =
        "{% for m in messages %}{{ m.role }}:{% for p in m.content %}{{ p.text }}{% endfor %};{% endfor %}";
    assertEquals(
        "user:ab;",
        text(
            template,
            "[{'role': 'user', 'content': [{'type': 'text', 'text': 'a'}, {'type': 'input_text', 'text': 'b'}]}]"));
    assertEquals("user:a;", text(template, "[{'role': 'user', 'content': 'a'}]"));
  }

  @Test
  void theSystemSpeaksThroughTheUserWhereItMustNot() throws IOException {
    var template =
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}"
            + "{{ m.role }}:{{ m.content }};{% endfor %}";
    assertEquals(
        "user:Be brief.\n\nHi;",
        text(
            template,
            "[{'role': 'developer', 'content': 'Be brief.'}, {'role': 'user', 'content': 'Hi'}]"));
    assertEquals("user:Hi;", text(template, "[{'role': 'system', 'content': 'Hi'}]"));
  }

  @Test
  void idsHaveNineLettersWhereTheTemplateWantsThem() throws IOException {
    var template =
        ChatModels.HERMES.replace(
            "<tool_call>\\n{\"name\"",
            "' ~ raise_exception('length != 9') if call.id|length != 9 else call.id ~ '{\"name\"");
    var text = text(template, CALLED);
    assertTrue(text.matches("(?s).*<\\|assistant\\|>[0-9A-Za-z]{9}\\{\"name.*"), text);
    assertTrue(text(template, CALLED.replace("call_1", "abcDEF123")).contains("abcDEF123{"));
  }

  @Test
  void callsAreWrittenIntoTheContentWhereTheTemplateLeavesThemOut() throws IOException {
    assertEquals(
        "user:Rain?;assistant:<|tool_call|>[{\"name\": \"weather\", \"arguments\": {"
            + " \"city\":\"Rome\"}}];tool:No;",
        text(
            "{# <|tool_call|> #}{% for m in messages %}{{ m.role }}:{{ m.content }};{% endfor %}",
            CALLED));
  }

  /// As Gemma 2's, which refuses two messages of the user in a row.
  @Test
  void resultsAndWhatTheUserSaysNextAreOneMessageWhereTheTemplateKnowsNoTools() throws IOException {
    var template =
        "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
            + "{{ raise_exception('roles must alternate') }}{% endif %}{{ m.role }}:{{ m.content }};{% endfor %}";
    var messages = CALLED.strip().replaceAll("]$", ", {'role': 'user', 'content': 'Sure?'}]");
    var text = text(template, messages);
    assertTrue(text.endsWith(";user:The tool weather returned:\nNo\n\nSure?;"), text);
    var twice = "[{'role': 'user', 'content': 'a'}, {'role': 'user', 'content': 'b'}]";
    assertTrue(refused(template, twice).contains("roles must alternate"), "these are no result");
  }

  @Test
  void wrongMessagesAreNamed() {
    assertEquals(
        "messages[0].role: is \"robot\", and must be one of system, developer, user, assistant, tool",
        refused(ChatModels.HERMES, "[{'role': 'robot', 'content': 'a'}]"));
    assertEquals(
        "messages[0].content: is missing: give a text",
        refused(ChatModels.HERMES, "[{'role': 'user', 'content': null}]"));
    assertEquals(
        "messages[0].content: is 7, and must be a text or a list of parts",
        refused(ChatModels.HERMES, "[{'role': 'user', 'content': 7}]"));
    assertEquals(
        "messages[0].content[0].type: is \"image_url\", and the model reads only text",
        refused(
            ChatModels.HERMES,
            "[{'role': 'user', 'content': [{'type': 'image_url', 'url': 'a'}]}]"));
    assertEquals(
        "messages[1].tool_calls[0].function.arguments: is no JSON object: give what the model was to call it with",
        refused(
            ChatModels.HERMES.replace(
                "call.function.arguments if call.function.arguments is string else ", ""),
            CALLED.replace("'{ \\'city\\':\\'Rome\\'}'", "'{ city'")));
    assertEquals(
        "messages[1].tool_calls: the model's chat template has no place for calls of tools",
        refused("{# [TOOL_CALLS] #}{% for m in messages %}{{ m.content }}{% endfor %}", CALLED));
  }
}
