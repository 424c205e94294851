package dev.fader.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.Continuation;
import dev.fader.generate.GenerationSettings;
import dev.fader.generate.PlainValues;
import dev.fader.generate.SamplerSettings;
import dev.fader.generate.TokenSpan;
import dev.fader.grammar.GrammarMatcher;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Whatever the grammar of required calls allows, the parser reads as calls of the tools, with
/// arguments as the schemas ask.
final class RequestedGrammarTest {
  private static final int SEED = 20261129;

  @TempDir private Path folder;

  /// What tells a family, and the texts that its tokenizers have as tokens.
  record Model(String template, List<String> tokens) {}

  static Model model(AnswerFamily family) {
    return switch (family) {
      case PLAIN -> new Model("", List.of());
      case HERMES ->
          new Model(
              "<tool_call></think>", List.of("<tool_call>", "</tool_call>", "<think>", "</think>"));
      case JSON_LIST -> new Model("<|tool_call|>", List.of("<|tool_call|>"));
      case LLAMA3 -> new Model("<|python_tag|>", List.of("<|python_tag|>"));
      case MISTRAL ->
          new Model(
              "[TOOL_CALLS][CALL_ID][ARGS][THINK]",
              List.of("[TOOL_CALLS]", "[CALL_ID]", "[ARGS]", "[THINK]", "[/THINK]"));
      case QWEN3_CODER ->
          new Model(
              "<function=<parameter=", List.of("<tool_call>", "</tool_call>", "</parameter>"));
      case DEEPSEEK_V3, DEEPSEEK_V31 ->
          new Model(
              "<｜tool▁call▁begin｜>" + (family == AnswerFamily.DEEPSEEK_V3 ? "```json" : ""),
              List.of(
                  "<｜tool▁calls▁begin｜>",
                  "<｜tool▁call▁begin｜>",
                  "<｜tool▁sep｜>",
                  "<｜tool▁call▁end｜>",
                  "<｜tool▁calls▁end｜>"));
      case DEEPSEEK_V32 -> new Model("DSML", List.of("</｜DSML｜parameter>"));
      case HARMONY ->
          new Model(
              "<|channel|><|message|>",
              List.of("<|start|>", "<|channel|>", "<|constrain|>", "<|message|>", "<|end|>"));
      case FUNCTION_GEMMA ->
          new Model(
              "<start_function_call>",
              List.of("<start_function_call>", "<end_function_call>", "<escape>"));
      case GEMMA4 ->
          new Model("<|tool_call><tool_call|>", List.of("<|tool_call>", "<tool_call|>", "<|\"|>"));
      case LFM2 ->
          new Model("<|tool_call_start|>", List.of("<|tool_call_start|>", "<|tool_call_end|>"));
      case PYTHONIC -> new Model("[func_name1(", List.of());
      case KIMI_K2 ->
          new Model(
              "<|tool_call_begin|>",
              List.of(
                  "<|tool_calls_section_begin|>",
                  "<|tool_call_begin|>",
                  "<|tool_call_argument_begin|>",
                  "<|tool_call_end|>",
                  "<|tool_calls_section_end|>"));
      case GLM4 ->
          new Model(
              "<arg_key>",
              List.of(
                  "<tool_call>",
                  "</tool_call>",
                  "<arg_key>",
                  "</arg_key>",
                  "<arg_value>",
                  "</arg_value>"));
      case MINIMAX_M2 -> new Model("<minimax:tool_call>", List.of("</parameter>"));
      case LONGCAT ->
          new Model("<longcat_arg_key>", List.of("<longcat_tool_call>", "</longcat_arg_value>"));
      case COMMAND_R7B ->
          new Model(
              "<|START_ACTION|>",
              List.of(
                  "<|START_THINKING|>", "<|END_THINKING|>", "<|START_ACTION|>", "<|END_ACTION|>"));
      case FUNCTION_TAGS -> new Model("<function=a>{}</function>", List.of("<|eom_id|>"));
      case RECIPIENTS -> new Model("'>>>all\\n'", List.of("<|eot_id|>"));
    };
  }

  private static List<Object> tools() {
    return List.of(
        PlainValues.literal(
            """
            {"type": "function", "function": {"name": "find.it", "parameters": {"type": "object",
              "properties": {"text": {"type": "string"}, "count": {"$ref": "#/$defs/small"},
                "unit": {"enum": ["m", "km"]}, "where": {"type": "array", "maxItems": 1,
                  "items": {"type": "object", "properties": {"b": {"type": "boolean"}},
                    "required": ["b"], "additionalProperties": false}}},
              "required": ["text", "count"], "additionalProperties": false,
              "$defs": {"small": {"type": "integer", "minimum": 1, "maximum": 3}}}}}
            """),
        PlainValues.literal(
            "{\"type\": \"function\", \"function\": {\"name\": \"stop\","
                + " \"parameters\": {\"type\": \"object\", \"properties\": {},"
                + " \"additionalProperties\": false}}}"));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PLAIN")
  void whatIsRequiredIsRead(AnswerFamily family) throws IOException {
    var model = model(family);
    var tokenizer = ChatModels.tokenizer(folder, model.tokens.toArray(String[]::new));
    var template =
        ChatModels.template("{# " + model.template + " #}{{ messages[0].content }}", folder);
    var planner = new AnswerPlanner(template, tokenizer);
    assertEquals(family, planner.format().family());
    var random = new Random(SEED);
    for (var choice :
        List.of(
            ToolChoice.REQUIRED,
            ToolChoice.REQUIRED.withParallel(false),
            ToolChoice.of("find.it"))) {
      var plan =
          planner.plan(
              new AnswerRequest(ChatModels.question("Hi").withTools(tools())).with(choice));
      check(plan, choice, tokenizer, random);
    }
  }

  @Test
  void allSchemasTogetherHaveALimit() throws IOException {
    var model = model(AnswerFamily.HERMES);
    var tokenizer = ChatModels.tokenizer(folder, model.tokens.toArray(String[]::new));
    var template =
        ChatModels.template("{# " + model.template + " #}{{ messages[0].content }}", folder);
    var tools = new ArrayList<Object>();
    for (int i = 0; i < 8; i++) {
      tools.add(
          PlainValues.literal(
              """
              {"type": "function", "function": {"name": "f%d", "strict": true, "parameters":
                {"type": "object", "properties": {"a": {"type": "string", "pattern": "^.{%d}$"}},
                  "required": ["a"], "additionalProperties": false}}}
              """
                  .formatted(i, 2000 + i)));
    }
    var asked = new AnswerRequest(ChatModels.question("Hi").withTools(tools));
    var planner = new AnswerPlanner(template, tokenizer);
    var refused = assertThrows(AnswerRequestException.class, () -> planner.plan(asked));
    assertTrue(refused.field().matches("tools\\[[1-7]]\\.function\\.parameters"), refused.field());
    assertTrue(
        String.valueOf(refused.getMessage())
            .contains("a grammar of more than 4194304 characters together: send fewer"),
        refused.getMessage());
  }

  /// What one schema may not take is not held against the next, and what several take is.
  @Test
  void allSchemasTogetherMayTakeSoMuchWork() throws IOException {
    var model = model(AnswerFamily.HERMES);
    var tokenizer = ChatModels.tokenizer(folder, model.tokens.toArray(String[]::new));
    var template =
        ChatModels.template("{# " + model.template + " #}{{ messages[0].content }}", folder);
    var planner = new AnswerPlanner(template, tokenizer);
    var tool =
        """
        {"type": "function", "function": {"name": "f%d", "strict": %b, "parameters": %s}}
        """;
    var much = "{\"not\": {\"oneOf\": [" + "{},".repeat(9_999) + "{}]}}";
    var tools = new ArrayList<Object>();
    tools.add(PlainValues.literal(tool.formatted(0, false, much)));
    tools.add(PlainValues.literal(tool.formatted(1, true, "{\"type\": \"object\"}")));
    planner.plan(new AnswerRequest(ChatModels.question("Hi").withTools(tools)));
    for (int i = 2; i < 4; i++) {
      tools.add(i - 1, PlainValues.literal(tool.formatted(i, false, much)));
    }
    var asked = new AnswerRequest(ChatModels.question("Hi").withTools(tools));
    var refused = assertThrows(AnswerRequestException.class, () -> planner.plan(asked));
    assertEquals(
        "tools[3].function.parameters: the schemas of the request take too much work together:"
            + " send fewer, or shorten them",
        refused.getMessage());
  }

  private static void check(
      AnswerPlan plan, ToolChoice choice, Tokenizer tokenizer, Random random) {
    var ids = walk(plan, tokenizer, random);
    var parser = plan.parser();
    var parts = new ArrayList<AnswerPart>();
    var stream = tokenizer.textStream();
    var text = new StringBuilder();
    for (int id : ids) {
      var piece = stream.accept(id);
      text.append(piece);
      parts.addAll(
          parser.accept(piece, id > 256 ? List.of(new TokenSpan(0, piece.length())) : List.of()));
    }
    parts.addAll(parser.finish(false));
    var answer = Answer.of(parts);
    assertEquals("", answer.content(), () -> "seed " + SEED + ": " + text);
    int calls = answer.calls().size();
    assertTrue(choice.parallel() ? calls >= 1 : calls == 1, () -> "seed " + SEED + ": " + text);
    for (var call : answer.calls()) {
      var json = JsonMapper.shared().readTree(call.arguments());
      assertTrue(isValid(call.name(), json), () -> "seed " + SEED + ": " + text + " as " + call);
    }
  }

  private static boolean isValid(String name, JsonNode json) {
    if (name.equals("stop")) {
      return json.isObject() && json.isEmpty();
    }
    int count = json.path("count").asInt(0);
    var unit = json.path("unit").asString("m");
    return name.equals("find.it")
        && json.path("text").isString()
        && count >= 1
        && count <= 3
        && (unit.equals("m") || unit.equals("km"))
        && (json.path("where").isMissingNode() || json.path("where").isArray());
  }

  /// Tokens at random as the grammar allows them, those first that bring it to an end.
  private static List<Integer> walk(AnswerPlan plan, Tokenizer tokenizer, Random random) {
    var grammar = plan.grammar().orElseThrow();
    var settings =
        new GenerationSettings(
            1, List.of(), List.of(256), SamplerSettings.DEFAULTS, Optional.of(grammar));
    var pieces =
        Continuation.Means.piecesFor(Optional.of(tokenizer), settings, tokenizer.vocabularySize())
            .orElseThrow();
    var matcher = new GrammarMatcher(grammar, pieces, List.of(256));
    var ids = new ArrayList<Integer>();
    while (!matcher.isComplete() && ids.size() < 3000) {
      var allowed = new ArrayList<Integer>();
      for (int id = 0; id < tokenizer.vocabularySize(); id++) {
        if (id != 256 && matcher.allows(id)) {
          allowed.add(id);
        }
      }
      if (matcher.canEnd() && (allowed.isEmpty() || random.nextInt(3) > 0)) {
        return ids;
      }
      var quick = allowed.stream().filter(id -> id > 256 || "\"}])".indexOf(id) >= 0).toList();
      if (allowed.size() > 99) { // any character
        allowed.removeIf(id -> (id < ' ' || id > '~') && id < 256);
      }
      var from = !quick.isEmpty() && random.nextInt(4) == 0 ? quick : allowed;
      int id = from.get(random.nextInt(from.size()));
      matcher.accept(id);
      ids.add(id);
    }
    return ids;
  }
}
