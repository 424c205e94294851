package dev.fader.serve.openai;

import dev.fader.GenerationOptions;
import dev.fader.answer.AnswerRequest;
import dev.fader.generate.Conversation;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.serve.body.AdapterFields;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelLease;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// What a response is to be.
///
/// @param input as it was sent, for messages about it
/// @param body as it was sent: a response repeats some of it
record ResponseRequest(
    ResponseInput input,
    AnswerRequest asked,
    GenerationOptions options,
    Texts texts,
    BodyFields body) {
  private static final int MOST_METADATA = 16;
  private static final int LONGEST_NAME = 64;
  private static final int LONGEST_VALUE = 512;

  /// What would need responses that are stored, or a server that does more than write.
  private static final Map<String, String> REFUSED =
      Map.of(
          "previous_response_id",
              "responses are not stored: send all items of the conversation in `input`",
          "conversation", "conversations are not stored: send all their items in `input`",
          "prompt", "prompts are not stored: send `instructions` and `input`");

  /// @throws ApiException if a field is wrong
  static ResponseRequest read(BodyFields body, ModelLease lease) {
    lease.requireChat(ChatRequest.INSTEAD);
    REFUSED.forEach((name, why) -> {
      if (body.has(name)) {
        throw body.refused(name, why);
      }
    });
    if (body.flag("background", false)) {
      throw body.refused(
          "background", "responses are not stored: leave it out, and wait or stream");
    }
    var input = ResponseInput.read(body);
    var tools = ToolSelection.read(body, ToolSelection.Form.FLAT);
    var asked =
        new AnswerRequest(
            new Conversation(input.messages(), tools.tools(), true),
            tools.choice(),
            FormatFields.ofResponse(body),
            variables(body));
    var request =
        new ResponseRequest(
            input,
            asked,
            ChatRequest.options(body, "max_output_tokens", lease),
            new Texts(1, AdapterFields.read(body, lease), ranked(body), 0),
            body);
    request.putSettings(JsonText.object()); // reads what is only repeated: it may be wrong, too
    request.streamed();
    request.timed();
    request.progress();
    return request;
  }

  private static int ranked(BodyFields body) {
    var ranked = body.whole("top_logprobs", 0, ChatRequest.MOST_RANKED).orElse(0);
    boolean told =
        ranked > 0 || body.texts("include", 100, 100).contains("message.output_text.logprobs");
    return told ? ranked : -1;
  }

  private static Map<String, Object> variables(BodyFields body) {
    var variables = new LinkedHashMap<String, Object>();
    body.object("reasoning")
        .ifPresent(reasoning ->
            reasoning
                .text("effort")
                .ifPresent(
                    effort -> ChatRequest.putEffort(reasoning, "effort", effort, variables)));
    variables.putAll(ChatRequest.templateVariables(body));
    return variables;
  }

  boolean streamed() {
    return body.flag("stream", false);
  }

  /// Whether the events of a stream tell how long it took so far, as llama.cpp has it.
  boolean timed() {
    return body.flag("timings_per_token", false);
  }

  /// Whether a stream tells how far the prompt was read, as llama.cpp has it.
  boolean progress() {
    return body.flag("return_progress", false);
  }

  /// Puts what a response repeats of its request.
  void putSettings(ObjectNode response) {
    var sampler = options.sampler();
    response.put("instructions", body.text("instructions").orElse(null));
    var listed = response.putArray("tools");
    for (var tool : body.list("tools", Integer.MAX_VALUE)) {
      var one = listed.addObject().put("type", "function");
      for (var name : List.of("name", "description", "parameters", "strict")) {
        one.set(name, tool.has(name) ? tool.get(name) : one.nullNode());
      }
    }
    body.value("tool_choice")
        .ifPresentOrElse(
            choice -> response.set("tool_choice", choice),
            () -> response.put("tool_choice", "auto"));
    response
        .put("truncation", "disabled")
        .put("parallel_tool_calls", body.flag("parallel_tool_calls", true));
    putFormat(response.putObject("text"));
    response
        .put("top_p", topP())
        .put("presence_penalty", sampler.penalties().presence())
        .put("frequency_penalty", sampler.penalties().frequency())
        .put("top_logprobs", Math.max(0, texts.ranked()))
        .put("temperature", sampler.temperature().value());
    var reasoning = body.object("reasoning");
    response
        .putObject("reasoning")
        .put("effort", reasoning.flatMap(some -> some.text("effort")).orElse(null))
        .put("summary", reasoning.flatMap(some -> some.text("summary")).orElse(null));
    response.put("user", body.text("user").orElse(null));
    if (options.maxTokens() == Integer.MAX_VALUE) {
      response.putNull("max_output_tokens");
    } else {
      response.put("max_output_tokens", options.maxTokens());
    }
    response
        .putNull("max_tool_calls")
        .put("store", false)
        .put("background", false)
        .put("service_tier", "default");
    response.set("metadata", metadata());
    response
        .put("safety_identifier", body.text("safety_identifier").orElse(null))
        .put("prompt_cache_key", body.text("prompt_cache_key").orElse(null));
  }

  private ObjectNode metadata() {
    var metadata = JsonText.object();
    body.object("metadata")
        .ifPresent(given -> {
          if (given.json().size() > MOST_METADATA) {
            throw body.refused(
                "metadata",
                "it has %d entries, and may have at most %d"
                    .formatted(given.json().size(), MOST_METADATA));
          }
          for (var name : given.json().propertyNames()) {
            var value = given.requiredText(name);
            if (name.length() > LONGEST_NAME || value.length() > LONGEST_VALUE) {
              throw body.refused(
                  "metadata",
                  "a name has at most %d characters, and a value %d"
                      .formatted(LONGEST_NAME, LONGEST_VALUE));
            }
            metadata.put(name, value);
          }
        });
    return metadata;
  }

  private float topP() {
    return options.sampler().truncation() instanceof dev.fader.generate.Truncation.Cuts cuts
        ? cuts.topP()
        : 1;
  }

  private void putFormat(ObjectNode text) {
    var given = body.object("text").flatMap(some -> some.object("format"));
    if (given.isEmpty()) {
      text.putObject("format").put("type", "text");
      return;
    }
    var format = (ObjectNode) given.get().json().deepCopy();
    if (format.path("type").asString("").equals("json_schema")) {
      for (var name : List.of("name", "description")) {
        if (!format.has(name)) {
          format.put(name, name.equals("name") ? "response" : null);
        }
      }
      if (!format.path("strict").isBoolean()) {
        format.put("strict", true); // a grammar always is
      }
    }
    text.set("format", format);
  }
}
