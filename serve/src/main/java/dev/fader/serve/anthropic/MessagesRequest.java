package dev.fader.serve.anthropic;

import dev.fader.GenerationOptions;
import dev.fader.answer.AnswerRequest;
import dev.fader.answer.ResponseFormat;
import dev.fader.answer.ToolChoice;
import dev.fader.generate.PlainValues;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.serve.body.AdapterFields;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.SamplingFields;
import dev.fader.serve.body.Schemas;
import dev.fader.serve.body.ToolSchemas;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.model.ModelLease;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a message is to be.
///
/// @param streamed whether it comes as it is written
record MessagesRequest(
    AnswerRequest asked, GenerationOptions options, Texts texts, boolean streamed) {
  private static final int MOST_TOOLS = 128;
  private static final int MOST_STOPS = 16;
  private static final int LONGEST_STOP = 256;

  /// @throws ApiException if a field is wrong
  static MessagesRequest read(BodyFields body, ModelLease lease) {
    var model = lease.serving().model();
    int most =
        body.whole("max_tokens", 1, Integer.MAX_VALUE)
            .orElseThrow(() -> body.missing("max_tokens"));
    var options =
        SamplingFields.read(body, lease.usual(), model.config().vocabularySize())
            .withMaxTokens(Math.min(most, lease.usual().maxTokens()));
    var stops = body.texts("stop_sequences", MOST_STOPS, LONGEST_STOP);
    return new MessagesRequest(
        asked(body),
        stops.isEmpty() ? options : options.withStops(stops.toArray(String[]::new)),
        new Texts(1, AdapterFields.read(body, lease), -1, 0),
        body.flag("stream", false));
  }

  /// What is asked, which is all that counting tokens needs.
  static AnswerRequest asked(BodyFields body) {
    var conversation = MessagesInput.read(body);
    var tools = tools(body);
    if (!tools.isEmpty()) {
      conversation = conversation.withTools(tools);
    }
    return new AnswerRequest(conversation)
        .with(tools.isEmpty() ? ToolChoice.AUTO : choice(body, tools))
        .with(format(body))
        .with(variables(body));
  }

  private static List<Object> tools(BodyFields body) {
    var tools = new ArrayList<Object>();
    var schemas = new ToolSchemas();
    for (var tool : body.objects("tools", MOST_TOOLS)) {
      var type = tool.text("type").orElse("custom");
      if (!type.equals("custom")) {
        throw tool.refused("type", "only tools of your own are called here: send them without it");
      }
      var schema = tool.value("input_schema").orElseThrow(() -> tool.missing("input_schema"));
      schemas.add(schema, tool.path("input_schema"));
      var function = new LinkedHashMap<String, Object>();
      function.put("name", tool.requiredText("name"));
      tool.text("description").ifPresent(text -> function.put("description", text));
      function.put("parameters", PlainValues.map(schema));
      if (tool.flag("strict", false)) {
        function.put("strict", true);
      }
      var declared = new LinkedHashMap<String, Object>();
      declared.put("type", "function");
      declared.put("function", function);
      tools.add(declared);
    }
    return tools;
  }

  private static ToolChoice choice(BodyFields body, List<Object> tools) {
    var given = body.object("tool_choice");
    if (given.isEmpty()) {
      return ToolChoice.AUTO;
    }
    var choice = given.get();
    boolean parallel = !choice.flag("disable_parallel_tool_use", false);
    return switch (choice.requiredText("type")) {
      case "auto" -> ToolChoice.AUTO.withParallel(parallel);
      case "any" -> ToolChoice.REQUIRED.withParallel(parallel);
      case "none" -> ToolChoice.NONE;
      case "tool" -> named(choice, tools);
      default -> throw choice.wrong("type", "auto, any, tool or none");
    };
  }

  private static ToolChoice named(BodyFields choice, List<Object> tools) {
    var name = choice.requiredText("name");
    boolean known =
        tools.stream()
            .anyMatch(tool ->
                tool instanceof Map<?, ?> declared
                    && declared.get("function") instanceof Map<?, ?> function
                    && name.equals(function.get("name")));
    if (!known) {
      throw choice.refused("name", "there is no tool of this name in `tools`");
    }
    return ToolChoice.of(name);
  }

  private static ResponseFormat format(BodyFields body) {
    Optional<BodyFields> format =
        body.object("output_config")
            .flatMap(config -> config.object("format"))
            .or(() -> body.object("output_format"));
    if (format.isEmpty()) {
      return ResponseFormat.TEXT;
    }
    var given = format.get();
    if (!given.requiredText("type").equals("json_schema")) {
      throw given.wrong("type", "json_schema");
    }
    var schema = given.value("schema").orElseThrow(() -> given.missing("schema"));
    return new ResponseFormat.JsonSchema(Schemas.text(schema, given.path("schema")));
  }

  private static Map<String, Object> variables(BodyFields body) {
    var thinking = body.object("thinking");
    if (thinking.isEmpty()) {
      return Map.of();
    }
    return switch (thinking.get().requiredText("type")) {
      case "enabled", "adaptive" -> Map.of("enable_thinking", true);
      case "disabled" -> Map.of("enable_thinking", false);
      default -> throw thinking.get().wrong("type", "enabled, adaptive or disabled");
    };
  }
}
