package dev.fader.serve.ollama;

import dev.fader.GenerationOptions;
import dev.fader.answer.AnswerRequest;
import dev.fader.answer.ResponseFormat;
import dev.fader.answer.ToolChoice;
import dev.fader.generate.Conversation;
import dev.fader.generate.PlainValues;
import dev.fader.grammar.Grammar;
import dev.fader.grammar.schema.GrammarCompiler;
import dev.fader.grammar.schema.JsonSchemaGrammar;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.Range;
import dev.fader.serve.body.SamplingFields;
import dev.fader.serve.body.Schemas;
import dev.fader.serve.body.ToolSchemas;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What the fields of Ollama's requests ask for.
final class Asked {
  private static final int MOST_MESSAGES = 10_000;
  private static final int MOST_TOOLS = 128;

  private Asked() {}

  /// Leases the model that is asked, and keeps it open afterwards as the request wants it.
  ///
  /// @throws ApiException if a field is wrong, or as [ServedModels#lease]
  /// @throws InterruptedException if the thread is interrupted meanwhile
  static ModelLease lease(ServedModels models, BodyFields body) throws InterruptedException {
    var kept = keptOpen(body);
    var lease = models.lease(Optional.of(body.requiredText("model")));
    models.keep(lease.model(), kept);
    return lease;
  }

  /// How tokens are sampled: `options`, and llama.cpp's fields of the body.
  ///
  /// @throws ApiException if a field is wrong
  static GenerationOptions options(BodyFields body, ModelLease lease) {
    var fields = body.object("options").orElseGet(() -> BodyFields.of(JsonText.object()));
    int vocabulary = lease.serving().model().config().vocabularySize();
    var options = SamplingFields.read(fields, lease.usual(), vocabulary);
    int most = fields.whole("num_predict", -2, Integer.MAX_VALUE).orElse(-1);
    // Below 0: as many as fit.
    var limited =
        most > 0 ? options.withMaxTokens(Math.min(most, lease.usual().maxTokens())) : options;
    var context = fields.whole("num_ctx", 1, Integer.MAX_VALUE);
    return context
        .map(some -> limited.withContext(Math.min(some, lease.context())))
        .orElse(limited);
  }

  /// A conversation, its tools, and what the answer looks like.
  ///
  /// @throws ApiException if a field is wrong
  static AnswerRequest chat(BodyFields body) {
    var messages = new ArrayList<Map<String, Object>>();
    for (var message : body.objects("messages", MOST_MESSAGES)) {
      messages.add(message(message));
    }
    boolean continued = !messages.isEmpty() && "assistant".equals(messages.getLast().get("role"));
    var conversation = new Conversation(messages, Optional.empty(), !continued);
    var tools = tools(body);
    return new AnswerRequest(tools.isEmpty() ? conversation : conversation.withTools(tools))
        .with(ToolChoice.AUTO)
        .with(format(body))
        .with(variables(body));
  }

  private static Map<String, Object> message(BodyFields message) {
    refuseImages(message);
    var said = new LinkedHashMap<String, Object>();
    said.put("role", message.requiredText("role"));
    said.put("content", message.text("content").orElse(""));
    message.text("thinking").ifPresent(thought -> said.put("reasoning_content", thought));
    message.text("tool_name").ifPresent(name -> said.put("name", name));
    message.text("tool_call_id").ifPresent(id -> said.put("tool_call_id", id));
    var calls = new ArrayList<Object>();
    for (var call : message.objects("tool_calls", MOST_TOOLS)) {
      calls.add(call(call, calls.size()));
    }
    if (!calls.isEmpty()) {
      said.put("tool_calls", calls);
    }
    return said;
  }

  /// Calls have no ids there, and templates may want one.
  private static Object call(BodyFields call, int index) {
    var function = call.object("function").orElseThrow(() -> call.missing("function"));
    var plain = new LinkedHashMap<String, Object>();
    plain.put("name", function.requiredText("name"));
    plain.put(
        "arguments",
        function
            .object("arguments")
            .map(arguments -> PlainValues.map(arguments.json()))
            .orElseGet(Map::of));
    var whole = new LinkedHashMap<String, Object>();
    whole.put("id", call.text("id").orElse("call_" + index));
    whole.put("type", "function");
    whole.put("function", plain);
    return whole;
  }

  /// How long the model stays open after the request: `keep_alive`, a duration such as `5m`, or a
  /// number of seconds; forever if it is negative, and not at all if it is 0.
  ///
  /// @throws ApiException if it is neither
  static Optional<Duration> keptOpen(BodyFields body) {
    var given = body.value("keep_alive");
    if (given.isPresent() && given.get().isString()) {
      return Optional.of(
          KeepAlive.parse(given.get().stringValue())
              .orElseThrow(() -> body.wrong("keep_alive", KeepAlive.FORM)));
    }
    if (given.isPresent() && !given.get().isNumber()) {
      throw body.wrong("keep_alive", KeepAlive.FORM);
    }
    return body.number("keep_alive", Range.of(-1e9, 1e9))
        .map(seconds -> Duration.ofNanos((long) (seconds * 1e9)));
  }

  static void refuseImages(BodyFields fields) {
    if (!fields.list("images", 1000).isEmpty()) {
      throw fields.refused("images", "the models here read text: leave images out");
    }
  }

  private static List<Object> tools(BodyFields body) {
    var tools = new ArrayList<Object>();
    var schemas = new ToolSchemas();
    for (var tool : body.objects("tools", MOST_TOOLS)) {
      var function = tool.object("function").orElseThrow(() -> tool.missing("function"));
      function.requiredText("name");
      function
          .value("parameters")
          .ifPresent(schema -> schemas.add(schema, function.path("parameters")));
      tools.add(PlainValues.map(tool.json()));
    }
    return tools;
  }

  /// `json`, or a schema.
  ///
  /// @throws ApiException if it is neither
  static ResponseFormat format(BodyFields body) {
    var given = body.value("format").filter(value -> !isEmptyText(value));
    if (given.isEmpty()) {
      return ResponseFormat.TEXT;
    }
    if (given.get().isObject()) {
      return new ResponseFormat.JsonSchema(Schemas.text(given.get(), body.path("format")));
    }
    if (!given.get().isString() || !given.get().stringValue().equals("json")) {
      throw body.wrong("format", "json, or a JSON Schema");
    }
    return new ResponseFormat.JsonObject();
  }

  /// The same as a grammar, for texts that are no answers.
  ///
  /// @throws ApiException if it is neither
  static Optional<Grammar> grammar(BodyFields body, GrammarCompiler grammars) {
    return switch (format(body)) {
      case ResponseFormat.Text _ -> Optional.empty();
      case ResponseFormat.JsonObject _ -> Optional.of(JsonSchemaGrammar.ofAnyObject());
      case ResponseFormat.JsonSchema(var schema) -> Optional.of(grammars.ofSchema(schema));
      case ResponseFormat.Gbnf(var gbnf) -> Optional.of(grammars.grammar(gbnf));
    };
  }

  private static boolean isEmptyText(JsonNode value) {
    return value.isString() && value.stringValue().isEmpty();
  }

  /// Whether to think, or how much.
  static Map<String, Object> variables(BodyFields body) {
    var think = body.value("think");
    if (think.isEmpty()) {
      return Map.of();
    }
    if (think.get().isBoolean()) {
      return Map.of("enable_thinking", think.get().booleanValue());
    }
    var effort = body.word("think", List.of("low", "medium", "high")).orElseThrow();
    return Map.of("enable_thinking", true, "reasoning_effort", effort);
  }
}
