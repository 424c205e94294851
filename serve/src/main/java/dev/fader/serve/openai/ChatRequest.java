package dev.fader.serve.openai;

import dev.fader.GenerationOptions;
import dev.fader.answer.AnswerRequest;
import dev.fader.generate.Conversation;
import dev.fader.generate.PlainValues;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.serve.body.AdapterFields;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.SamplingFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.model.ModelLease;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a chat completion is to be.
///
/// @param streamed whether it comes as it is written
/// @param withUsage whether the stream ends with how many tokens it took
/// @param timed whether each chunk tells how long it took so far, as llama.cpp has it
/// @param progress whether the stream tells how far the prompt was read, as llama.cpp has it
record ChatRequest(
    AnswerRequest asked,
    GenerationOptions options,
    Texts texts,
    boolean streamed,
    boolean withUsage,
    boolean timed,
    boolean progress) {
  static final int MOST_TEXTS = 8;
  static final int MOST_RANKED = 20;

  /// What can be done with models that are not for chats.
  static final String INSTEAD = "continue texts by /v1/completions";

  private static final int MOST_MESSAGES = 10_000;
  private static final List<String> EFFORTS =
      List.of("none", "minimal", "low", "medium", "high", "xhigh", "max");

  /// @throws ApiException if a field is wrong
  static ChatRequest read(BodyFields body, ModelLease lease) {
    lease.requireChat(INSTEAD);
    refuseOtherThanText(body);
    var tools = ToolSelection.read(body, ToolSelection.Form.NESTED);
    var asked =
        new AnswerRequest(
            new Conversation(messages(body), tools.tools(), true),
            tools.choice(),
            FormatFields.ofChat(body),
            variables(body));
    return new ChatRequest(
        asked,
        options(body, "max_completion_tokens", lease),
        new Texts(
            body.whole("n", 1, MOST_TEXTS).orElse(1),
            AdapterFields.read(body, lease),
            ranked(body),
            0),
        body.flag("stream", false),
        withUsage(body),
        body.flag("timings_per_token", false),
        body.flag("return_progress", false));
  }

  static boolean withUsage(BodyFields body) {
    return body.object("stream_options")
        .map(options -> options.flag("include_usage", false))
        .orElse(false);
  }

  /// How tokens are sampled, and how many.
  ///
  /// @param most the name of the field that says how many, before `max_tokens`
  static GenerationOptions options(BodyFields body, String most, ModelLease lease) {
    var options =
        SamplingFields.read(body, lease.usual(), lease.serving().model().config().vocabularySize());
    var old = body.whole("max_tokens", 1, Integer.MAX_VALUE);
    int usual = options.maxTokens(); // which none may exceed
    int wanted = body.whole(most, 1, Integer.MAX_VALUE).or(() -> old).orElse(usual);
    return options.withMaxTokens(Math.min(wanted, usual));
  }

  private static void refuseOtherThanText(BodyFields body) {
    for (var modality : body.texts("modalities", 8, 100)) {
      if (!modality.equals("text")) {
        throw body.refused("modalities", "there is text only: leave out the others");
      }
    }
    if (body.has("audio")) {
      throw body.refused("audio", "there is text only: leave it out");
    }
  }

  private static List<Map<String, Object>> messages(BodyFields body) {
    if (!body.has("messages")) {
      throw body.missing("messages");
    }
    var messages = new ArrayList<Map<String, Object>>();
    for (var message : body.objects("messages", MOST_MESSAGES)) {
      messages.add(PlainValues.map(message.json()));
    }
    return messages;
  }

  /// What the template is told: `chat_template_kwargs`, and how much is to be thought.
  private static Map<String, Object> variables(BodyFields body) {
    var variables = new LinkedHashMap<String, Object>();
    body.text("reasoning_effort")
        .ifPresent(effort -> putEffort(body, "reasoning_effort", effort, variables));
    variables.putAll(templateVariables(body));
    return variables;
  }

  static Map<String, Object> templateVariables(BodyFields body) {
    return body.object("chat_template_kwargs")
        .map(given -> PlainValues.map(given.json()))
        .orElseGet(Map::of);
  }

  /// Some templates know an effort, others whether to think at all.
  static void putEffort(
      BodyFields fields, String name, String effort, Map<String, Object> variables) {
    if (!EFFORTS.contains(effort)) {
      throw fields.wrong(name, "one of " + String.join(", ", EFFORTS));
    }
    if (!effort.equals("none")) {
      variables.put("reasoning_effort", effort);
    }
    variables.put("enable_thinking", !effort.equals("none"));
  }

  private static int ranked(BodyFields body) {
    boolean told = body.flag("logprobs", false);
    var ranked = body.whole("top_logprobs", 0, MOST_RANKED);
    if (ranked.isPresent() && ranked.get() > 0 && !told) {
      throw body.refused("top_logprobs", "it needs `logprobs`: send true");
    }
    return told ? ranked.orElse(0) : -1;
  }
}
