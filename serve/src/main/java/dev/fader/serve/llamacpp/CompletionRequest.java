package dev.fader.serve.llamacpp;

import dev.fader.GenerationOptions;
import dev.fader.grammar.Grammar;
import dev.fader.grammar.schema.GrammarCompiler;
import dev.fader.schedule.GenerationRequest;
import dev.fader.schedule.GenerationRequest.Terms;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.serve.body.AdapterFields;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.GrammarFields;
import dev.fader.serve.body.SamplingFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelLease;
import dev.fader.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// How a prompt is to be completed, in llama.cpp's words.
///
/// @param options how it is sampled, and when it ends
/// @param count of texts for each prompt
/// @param endless whether tokens that end texts do not
/// @param strengths of the adapters
/// @param probabilities how many tokens are told with each, 0 for none
/// @param sampled whether their probabilities are those after sampling
/// @param tokens whether ids are told
/// @param stream whether it is told token by token
/// @param fields of the answer that are told, all if there are none
/// @param nothing whether no token is to be written
/// @param timed whether each piece of a stream tells how long it took so far
/// @param progress whether a stream tells how far the prompt was read
record CompletionRequest(
    GenerationOptions options,
    int count,
    boolean endless,
    List<Float> strengths,
    int probabilities,
    boolean sampled,
    boolean tokens,
    boolean stream,
    List<String> fields,
    boolean nothing,
    boolean timed,
    boolean progress) {
  private static final int MOST_TEXTS = 8;
  private static final int MOST_PROBABILITIES = 100;
  private static final int MOST_FIELDS = 100;

  static CompletionRequest read(BodyFields body, ModelLease lease, Exchange asked) {
    var tokenizer = lease.tokenizer();
    biasesById(body, tokenizer);
    var options = SamplingFields.read(body, lease.usual(), tokenizer.vocabularySize());
    int wanted = body.whole("n_predict", -1, Integer.MAX_VALUE).orElse(-1);
    if (wanted > 0) {
      options = options.withMaxTokens(Math.min(wanted, options.maxTokens()));
    }
    var grammar = grammar(body, lease.grammars(asked));
    if (grammar.isPresent()) {
      options = options.withGrammar(grammar.get());
    }
    int probabilities = body.whole("n_probs", 0, MOST_PROBABILITIES).orElse(0);
    boolean sampled = body.flag("post_sampling_probs", false);
    var count = body.whole("n", 1, MOST_TEXTS);
    return new CompletionRequest(
        wanted == 0 ? options.withMaxTokens(1) : options,
        body.whole("n_cmpl", 1, MOST_TEXTS).or(() -> count).orElse(1),
        body.flag("ignore_eos", false),
        AdapterFields.read(body, lease),
        probabilities,
        sampled,
        body.flag("return_tokens", false),
        body.flag("stream", false),
        body.texts("response_fields", MOST_FIELDS, 200),
        wanted == 0,
        body.flag("timings_per_token", false),
        body.flag("return_progress", false));
  }

  /// A request for these tokens.
  GenerationRequest of(int[] prompt, ModelLease lease, Terms terms) {
    var asked = lease.serving().request(prompt, options);
    var settings = asked.settings();
    var texts = new Texts(count, strengths, probabilities > 0 ? probabilities : -1, 0);
    return new GenerationRequest(prompt, endless ? settings.withEnds(List.of()) : settings)
        .with(sampled ? texts.asSampled() : texts)
        .with(terms);
  }

  private static Optional<Grammar> grammar(BodyFields body, GrammarCompiler grammars) {
    return GrammarFields.schema(body)
        .map(grammars::ofSchema)
        .or(() -> GrammarFields.gbnf(body).map(grammars::grammar));
  }

  /// llama.cpp's list of pairs of a token or text and a bias, as the object of ids that OpenAI has.
  private static void biasesById(BodyFields body, Tokenizer tokenizer) {
    var list = body.json().path("logit_bias");
    if (!list.isArray() || !(body.json() instanceof ObjectNode object)) {
      return;
    }
    var byId = JsonText.object();
    for (int i = 0; i < list.size(); i++) {
      var pair = list.get(i);
      var path = "logit_bias[%d]".formatted(i);
      if (!pair.isArray() || pair.size() != 2) {
        throw ApiException.invalid(
            path, "`%s` must be a token or text and a bias, such as [15043, 1.5]".formatted(path));
      }
      var bias = pair.get(1).isBoolean() ? never() : pair.get(1);
      if (pair.get(0).isString()) {
        for (int id : tokenizer.encode(pair.get(0).stringValue())) {
          byId.set(Integer.toString(id), bias);
        }
      } else {
        byId.set(Integer.toString(Prompts.token(pair.get(0), path + "[0]", tokenizer)), bias);
      }
    }
    object.set("logit_bias", byId);
  }

  private static JsonNode never() {
    return JsonNodeFactory.instance.numberNode(-100);
  }
}
