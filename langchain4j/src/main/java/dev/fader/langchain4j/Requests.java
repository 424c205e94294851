package dev.fader.langchain4j;

import dev.fader.GenerationOptions;
import dev.fader.answer.AnswerRequest;
import dev.fader.answer.ResponseFormat;
import dev.fader.answer.ToolChoice;
import dev.fader.generate.Conversation;
import dev.fader.generate.Penalties;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// LangChain4j's requests in Fader's terms.
final class Requests {
  private static final JsonMapper JSON = new JsonMapper();

  private Requests() {}

  /// What is asked.
  static AnswerRequest answerRequest(ChatRequest request) {
    var parameters = request.parameters();
    var conversation = conversation(request.messages());
    var tools = parameters.toolSpecifications();
    if (tools != null && !tools.isEmpty()) {
      conversation = conversation.withTools(tools.stream().map(Requests::tool).toList());
    }
    var asked =
        new AnswerRequest(conversation)
            .with(choice(Optional.ofNullable(parameters.toolChoice())))
            .with(response(Optional.ofNullable(parameters.responseFormat())));
    return parameters instanceof FaderChatRequestParameters fader
        ? asked.with(fader.templateVariables())
        : asked;
  }

  private static ToolChoice choice(Optional<dev.langchain4j.model.chat.request.ToolChoice> choice) {
    return choice
        .map(some ->
            switch (some) {
              case AUTO -> ToolChoice.AUTO;
              case REQUIRED -> ToolChoice.REQUIRED;
              case NONE -> ToolChoice.NONE;
            })
        .orElse(ToolChoice.AUTO);
  }

  private static ResponseFormat response(
      Optional<dev.langchain4j.model.chat.request.ResponseFormat> format) {
    if (format.isEmpty() || format.get().type() == ResponseFormatType.TEXT) {
      return ResponseFormat.TEXT;
    }
    return Optional.ofNullable(format.get().jsonSchema())
        .<ResponseFormat>map(schema -> new ResponseFormat.JsonSchema(text(schema)))
        .orElseGet(ResponseFormat.JsonObject::new);
  }

  private static String text(JsonSchema schema) {
    return schema.rootElement() instanceof JsonRawSchema raw
        ? raw.schema()
        : JSON.writeValueAsString(JsonSchemaElementUtils.toMap(schema.rootElement(), false));
  }

  private static Object tool(ToolSpecification tool) {
    var function = new LinkedHashMap<String, Object>();
    function.put("name", tool.name());
    if (tool.description() != null) {
      function.put("description", tool.description());
    }
    function.put(
        "parameters",
        tool.parameters() == null
            ? Map.of("type", "object", "properties", Map.of())
            : JsonSchemaElementUtils.toMap(tool.parameters()));
    if (tool.strict() != null) {
      function.put("strict", tool.strict());
    }
    var declared = new LinkedHashMap<String, Object>();
    declared.put("type", "function");
    declared.put("function", function);
    return declared;
  }

  /// A conversation of these messages.
  static Conversation conversation(Iterable<ChatMessage> messages) {
    var converted = new ArrayList<Map<String, Object>>();
    messages.forEach(message -> converted.add(message(message)));
    return new Conversation(converted, Optional.empty(), true);
  }

  private static Map<String, Object> message(ChatMessage message) {
    return switch (message) {
      case SystemMessage system -> said("system", system.text());
      case UserMessage user -> user(user);
      case AiMessage answer -> answer(answer);
      case ToolExecutionResultMessage result -> {
        var said = said("tool", text(result.contents(), "a tool's result"));
        said.put("tool_call_id", String.valueOf(result.id()));
        said.put("name", result.toolName());
        yield said;
      }
      default ->
          throw new UnsupportedFeatureException(
              "messages of type %s are not supported: use system, user, AI and tool result messages"
                  .formatted(message.type()));
    };
  }

  private static Map<String, Object> user(UserMessage user) {
    var said = said("user", text(user.contents(), "a user's message"));
    if (user.name() != null) {
      said.put("name", user.name());
    }
    return said;
  }

  private static String text(List<Content> contents, String where) {
    var text = new StringBuilder();
    for (var content : contents) {
      if (!(content instanceof TextContent some)) {
        throw new UnsupportedFeatureException(
            "non-text content (%s) in %s is not supported: Fader's models read text"
                .formatted(content.type().name().toLowerCase(Locale.ROOT), where));
      }
      text.append(text.isEmpty() ? "" : "\n").append(some.text());
    }
    return text.toString();
  }

  private static Map<String, Object> answer(AiMessage answer) {
    var said = said("assistant", answer.text() == null ? "" : answer.text());
    if (answer.thinking() != null) {
      said.put("reasoning_content", answer.thinking());
    }
    if (answer.hasToolExecutionRequests()) {
      said.put("tool_calls", answer.toolExecutionRequests().stream().map(Requests::call).toList());
    }
    return said;
  }

  private static Object call(ToolExecutionRequest request) {
    var function = new LinkedHashMap<String, Object>();
    function.put("name", request.name());
    function.put("arguments", request.arguments());
    var call = new LinkedHashMap<String, Object>();
    call.put("id", String.valueOf(request.id()));
    call.put("type", "function");
    call.put("function", function);
    return call;
  }

  private static Map<String, Object> said(String role, String content) {
    var message = new LinkedHashMap<String, Object>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  /// How it is answered. What is not set is as in Fader's chats.
  static GenerationOptions options(ChatRequestParameters parameters) {
    var options = GenerationOptions.OF_ANSWER;
    var temperature = parameters.temperature();
    if (temperature != null) {
      options = options.withTemperature(temperature);
    }
    var topP = parameters.topP();
    if (topP != null) {
      options = options.withTopP(topP);
    }
    var topK = parameters.topK();
    if (topK != null) {
      options = options.withTopK(topK);
    }
    var most = parameters.maxOutputTokens();
    if (most != null) {
      options = options.withMaxTokens(most);
    }
    var stops = parameters.stopSequences();
    if (stops != null) {
      options = options.withStops(stops.toArray(String[]::new));
    }
    options = withPenalties(options, parameters.presencePenalty(), parameters.frequencyPenalty());
    return parameters instanceof FaderChatRequestParameters fader ? with(options, fader) : options;
  }

  private static GenerationOptions withPenalties(
      GenerationOptions options, @Nullable Double presence, @Nullable Double frequency) {
    if (presence == null && frequency == null) {
      return options;
    }
    var penalties =
        new Penalties(
            1,
            presence == null ? 0 : presence.floatValue(),
            frequency == null ? 0 : frequency.floatValue(),
            -1, // of the whole text, as OpenAI's interface has it
            Penalties.NONE.dry());
    return options.withSampler(options.sampler().withPenalties(penalties));
  }

  private static GenerationOptions with(
      GenerationOptions options, FaderChatRequestParameters fader) {
    var seeded = fader.seed().isPresent() ? options.withSeed(fader.seed().getAsLong()) : options;
    return fader.minP().isPresent() ? seeded.withMinP(fader.minP().getAsDouble()) : seeded;
  }
}
