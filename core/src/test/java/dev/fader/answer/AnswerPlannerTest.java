package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.ChatTemplate;
import dev.fader.generate.Continuation;
import dev.fader.generate.Conversation;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.SamplerSettings;
import dev.fader.grammar.GrammarMatcher;
import dev.fader.tokenizer.SpecialTokens;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AnswerPlannerTest {
  private static final AnswerRequest WEATHER =
      new AnswerRequest(
          ChatModels.question("Rain?").withTools(ChatModels.tools("weather", "tides")));

  @TempDir private Path folder;
  private ChatTemplate template;
  private AnswerPlanner planner;

  @BeforeEach
  void open() throws IOException {
    template = ChatModels.template(ChatModels.HERMES, folder);
    planner = new AnswerPlanner(template, Tokenizer.bytes());
  }

  private static String call(String name, String city) {
    return "<tool_call>\n{\"name\": \"%s\", \"arguments\": {\"city\": \"%s\"}}\n</tool_call>"
        .formatted(name, city);
  }

  private boolean accepts(AnswerRequest request, String text) {
    return planner.plan(request).grammar().orElseThrow().accepts(text);
  }

  @Test
  void promptIsTheTextOfTheTemplate() {
    var plan = planner.plan(new AnswerRequest(ChatModels.question("Hi <tool_call>")));
    assertEquals("<|user|>Hi <tool_call><|end|>\n<|assistant|>", plan.text());
    assertArrayEquals(
        Tokenizer.bytes().encode(plan.text(), SpecialTokens.AS_TOKENS), plan.prompt());
    assertTrue(plan.grammar().isEmpty());
    var shown = planner.plan(WEATHER);
    assertTrue(shown.text().startsWith("Tools: [{\"type\": \"function\""), shown.text());
    assertTrue(shown.grammar().isEmpty());
    assertFalse(planner.plan(WEATHER.with(ToolChoice.NONE)).text().contains("weather"));
  }

  @Test
  void callsAreReadOnlyWhereThereAreTools() {
    var text = call("weather", "Rome");
    var parser = planner.plan(WEATHER).parser();
    var parts = new ArrayList<>(parser.accept(text));
    parts.addAll(parser.finish(false));
    assertEquals(List.of("weather {\"city\": \"Rome\"}"), ParsedAnswers.calls(Answer.of(parts)));
    var none = planner.plan(WEATHER.with(ToolChoice.NONE)).parser();
    parts = new ArrayList<>(none.accept(text));
    parts.addAll(none.finish(false));
    assertEquals(text, Answer.of(parts).content());
  }

  @Test
  void anAnswerMayBeginWithinAThought() {
    var plan = planner.plan(WEATHER.with(Map.of("enable_thinking", true)));
    assertTrue(plan.text().endsWith("<think>\n"), plan.text());
    var parser = plan.parser();
    var parts = new ArrayList<>(parser.accept("Hm.\n</think>\n\nYes."));
    parts.addAll(parser.finish(false));
    assertEquals(new Answer("Yes.", "Hm.", List.of()), Answer.of(parts));
  }

  @Test
  void requiredCallsAreForced() {
    var required = WEATHER.with(ToolChoice.REQUIRED);
    assertTrue(accepts(required, call("weather", "Rome")));
    assertTrue(accepts(required, call("weather", "Rome") + "\n" + call("tides", "Bath")));
    assertTrue(accepts(required, "<think>\nHm <tool_call></think>\n\n" + call("tides", "Bath")));
    assertFalse(accepts(required, "It rains."));
    assertFalse(accepts(required, call("clock", "Rome")));
    assertFalse(accepts(required, call("weather", "Rome").replace("\"Rome\"", "7")));
    var single = WEATHER.with(ToolChoice.REQUIRED.withParallel(false));
    assertTrue(accepts(single, call("weather", "Rome")));
    assertFalse(accepts(single, call("weather", "Rome") + "\n" + call("tides", "Bath")));
    var named = WEATHER.with(ToolChoice.of("tides"));
    assertTrue(accepts(named, call("tides", "Rome")));
    assertFalse(accepts(named, call("weather", "Rome")));
    var thinking = required.with(Map.of("enable_thinking", true));
    assertTrue(accepts(thinking, "Hm.</think>" + call("tides", "Bath")));
    assertFalse(accepts(thinking, call("tides", "Bath")));
  }

  @Test
  void strictToolsAreHeldOnceACallBegins() {
    var strict = new LinkedHashMap<String, Object>(Map.of("name", "weather", "strict", true));
    strict.put(
        "parameters",
        Map.of(
            "properties", Map.of("city", Map.of("type", "string")), "required", List.of("city")));
    var request =
        new AnswerRequest(
            ChatModels.question("Rain?")
                .withTools(List.of(Map.of("type", "function", "function", strict))));
    assertTrue(accepts(request, "It <tool_cal rains. <tool_<tool"));
    assertTrue(accepts(request, "Let me see. " + call("weather", "Rome")));
    assertFalse(accepts(request, "Let me see. <tool_call>{}"));
    assertFalse(accepts(request, call("tides", "Rome")));
  }

  @Test
  void contentIsHeldAfterTheThought() {
    var json =
        new AnswerRequest(ChatModels.question("Rain?")).with(new ResponseFormat.JsonObject());
    assertTrue(accepts(json, "{\"a\": [1]}"));
    assertTrue(accepts(json, "<think>7</think>\n\n{\"a\": [1]}"));
    assertFalse(accepts(json, "[1]"));
    var schema =
        WEATHER.with(
            new ResponseFormat.JsonSchema(
                "{\"type\": \"object\", \"properties\": {\"a\": {\"$ref\": \"#/$defs/b\"}},"
                    + " \"required\": [\"a\"], \"$defs\": {\"b\": {\"enum\": [1, 2]}}}"));
    assertTrue(accepts(schema, "{\"a\": 2}"));
    assertTrue(accepts(schema, call("tides", "Bath")));
    assertFalse(accepts(schema, "{\"a\": 3}"));
    assertTrue(accepts(WEATHER.with(new ResponseFormat.Gbnf("root ::= x\nx ::= \"yes\"")), "yes"));
  }

  @Test
  void grammarsNameTheTokensOfTags() throws IOException {
    var tokenizer =
        ChatModels.tokenizer(folder, "<tool_call>", "</tool_call>", "<think>", "</think>");
    planner = new AnswerPlanner(template, tokenizer);
    var grammar = planner.plan(WEATHER.with(ToolChoice.of("tides"))).grammar().orElseThrow();
    assertFalse(grammar.accepts(call("tides", "Bath")));
    var settings =
        new GenerationSettings(
            1, List.of(), List.of(), SamplerSettings.DEFAULTS, Optional.of(grammar));
    var pieces =
        Continuation.Means.piecesFor(Optional.of(tokenizer), settings, tokenizer.vocabularySize())
            .orElseThrow();
    var matcher = new GrammarMatcher(grammar, pieces, List.of());
    for (int id : tokenizer.encode(call("tides", "Bath"), SpecialTokens.AS_TOKENS)) {
      assertTrue(matcher.allows(id), () -> "token " + id);
      matcher.accept(id);
    }
    assertTrue(matcher.isComplete());
    var letters = new GrammarMatcher(grammar, pieces, List.of());
    assertFalse(letters.acceptIfAllowed('<'));
  }

  @Test
  void theAssistantsLastMessageIsContinued() {
    var messages =
        new Conversation(
            ChatModels.conversation(
                    "[{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Well, '}]")
                .messages(),
            Optional.empty(),
            false);
    assertEquals(
        "<|user|>Hi<|end|>\n<|assistant|>Well,", planner.plan(new AnswerRequest(messages)).text());
    var thinking = new AnswerRequest(messages).with(Map.of("enable_thinking", true));
    assertEquals(
        "<|user|>Hi<|end|>\n<|assistant|><think>\n</think>\n\nWell,",
        planner.plan(thinking).text());
  }

  /// As Gemma 2 has it: neither a system nor tools.
  private static final String STERN =
      """
      {%- for message in messages %}
      {%- if message.role not in ['user', 'assistant'] or (message.role == 'user') != (loop.index0 % 2 == 0) %}
      {{- raise_exception('not so') }}{% endif %}
      {{- '<' ~ message.role ~ '>' ~ message.content ~ '\\n' }}
      {%- endfor %}
      """;

  @Test
  void modelsWhoseTemplateKnowsNoToolsAreToldOfThem() throws IOException {
    planner = new AnswerPlanner(ChatModels.template(STERN, folder), Tokenizer.bytes());
    var asked =
        ChatModels.conversation(
                """
                [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': 'Rain?'},
                 {'role': 'assistant', 'tool_calls': [{'id': 'a', 'type': 'function',
                   'function': {'name': 'weather', 'arguments': '{}'}}]},
                 {'role': 'tool', 'tool_call_id': 'a', 'content': 'some'},
                 {'role': 'tool', 'tool_call_id': 'a', 'content': 'more'}]
                """)
            .withTools(ChatModels.tools("weather"));
    assertEquals(
        """
        <user>Be brief.

        You can call these tools. The parameters of each are described by a JSON Schema:
        {"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}

        To call one, answer with nothing but a JSON object such as {"name": "its name", "arguments": {}}

        Rain?
        <assistant>{"name": "weather", "arguments": {}}
        <user>The tool weather returned:
        some

        The tool weather returned:
        more
        """,
        planner.plan(new AnswerRequest(asked)).text());
    var parser = planner.plan(WEATHER).parser();
    var parts =
        new ArrayList<>(parser.accept("{\"name\": \"tides\", \"arguments\": {\"city\": \"Ems\"}}"));
    parts.addAll(parser.finish(false));
    assertEquals(List.of("tides {\"city\": \"Ems\"}"), ParsedAnswers.calls(Answer.of(parts)));
    var forced = planner.plan(WEATHER.with(ToolChoice.of("weather"))).grammar().orElseThrow();
    assertTrue(forced.accepts("{\"name\": \"weather\", \"arguments\": {\"city\": \"Ems\"}}"));
    assertFalse(forced.accepts("{\"name\": \"tides\", \"arguments\": {\"city\": \"Ems\"}}"));
  }

  private String refused(AnswerRequest request) {
    return assertThrows(AnswerRequestException.class, () -> planner.plan(request)).getMessage();
  }

  @Test
  void whatCannotBeAskedIsNamed() throws IOException {
    var hi = ChatModels.question("Hi");
    assertEquals(
        "messages: is empty: give at least one message",
        refused(new AnswerRequest(Conversation.empty())));
    assertEquals(
        "tool_choice: asks for a call, and there are no tools: give some",
        refused(new AnswerRequest(hi).with(ToolChoice.REQUIRED)));
    assertEquals(
        "tool_choice.function.name: no tool is called 'clock'; there is weather, tides",
        refused(WEATHER.with(ToolChoice.of("clock"))));
    assertEquals(
        "tools[1].function.name: 'a' is the name of another tool: give each its own",
        refused(new AnswerRequest(hi.withTools(ChatModels.tools("a", "a")))));
    assertEquals(
        "tools[0].function.name: is missing, and must be up to 128 letters, digits, '_', '-', '.' and ':'",
        refused(new AnswerRequest(hi.withTools(List.of(Map.of("type", 7))))));
    assertEquals(
        "chat_template_kwargs: 'messages' cannot be set by a request: leave it out",
        refused(WEATHER.with(Map.of("messages", "x"))));
    assertEquals(
        "chat_template_kwargs.x: must be true, false, a number, a text of up to 10000 characters, or a list of up to 32 of them",
        refused(WEATHER.with(Map.of("x", Map.of()))));
    assertTrue(
        refused(WEATHER.with(new ResponseFormat.JsonSchema("{\"type\": 7}")))
            .startsWith("response_format.json_schema.schema: "));
    assertTrue(
        refused(WEATHER.with(new ResponseFormat.Gbnf("root ::= ("))).startsWith("grammar: "));
    planner =
        new AnswerPlanner(
            ChatModels.template("{{ raise_exception('not so') }}", folder), Tokenizer.bytes());
    assertTrue(refused(new AnswerRequest(hi)).endsWith("refused by the template: not so"));
  }
}
