package dev.fader.serve.openai;

import dev.fader.GenerationOptions;
import dev.fader.schedule.GenerationRequest.Texts;
import dev.fader.serve.body.AdapterFields;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.InfillTokens;
import dev.fader.serve.body.SamplingFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.model.ModelLease;
import java.util.List;

/// What completions are to be.
///
/// @param options how texts are written
/// @param most new tokens of each; 0 only where prompts are told
/// @param texts of each prompt
/// @param echo whether each text begins with its prompt
/// @param delivery whether they come as they are written
record CompletionRequest(
    List<Prompt> prompts,
    GenerationOptions options,
    int most,
    Texts texts,
    boolean echo,
    Delivery delivery) {
  private static final int USUAL_TOKENS = 16; // of the interface
  private static final int MOST_PROMPTS = 1024;
  private static final String SUFFIX = "suffix";

  /// How completions come.
  ///
  /// @param streamed as they are written
  /// @param withUsage and then how many tokens they took
  record Delivery(boolean streamed, boolean withUsage) {}

  /// @throws ApiException if a field is wrong
  static CompletionRequest read(BodyFields body, ModelLease lease) {
    lease.tokenizer(); // without which no text can be told
    int count = body.whole("n", 1, ChatRequest.MOST_TEXTS).orElse(1);
    int best = body.whole("best_of", 1, ChatRequest.MOST_RANKED).orElse(count);
    if (best != count) {
      throw body.refused("best_of", "the best of several is not chosen: send `n`, and choose");
    }
    boolean echo = body.flag("echo", false);
    if (echo && hasSuffix(body)) {
      throw body.refused("echo", "a text before a `suffix` has no echo");
    }
    int most = body.whole("max_tokens", echo ? 0 : 1, Integer.MAX_VALUE).orElse(USUAL_TOKENS);
    int vocabulary = lease.serving().model().config().vocabularySize();
    int ranked = body.whole("logprobs", 0, ChatRequest.MOST_RANKED).orElse(-1);
    return new CompletionRequest(
        prompts(body, lease, vocabulary),
        SamplingFields.read(body, lease.usual(), vocabulary)
            .withMaxTokens(Math.clamp(most, 1, lease.usual().maxTokens())),
        most,
        new Texts(count, AdapterFields.read(body, lease), ranked, 0),
        echo,
        new Delivery(body.flag("stream", false), ChatRequest.withUsage(body)));
  }

  private static boolean hasSuffix(BodyFields body) {
    return body.text(SUFFIX).filter(suffix -> !suffix.isEmpty()).isPresent();
  }

  private static List<Prompt> prompts(BodyFields body, ModelLease lease, int vocabulary) {
    var serving = lease.serving();
    if (!hasSuffix(body)) {
      return new Prompt.Reader(serving::promptTokens, vocabulary, MOST_PROMPTS)
          .read(body, "prompt");
    }
    var infill =
        InfillTokens.of(lease.tokenizer())
            .orElseThrow(() ->
                body.refused(SUFFIX, "the model has no tokens for what stands between two texts"));
    var suffix = body.requiredText(SUFFIX);
    var prompts =
        new Prompt.Reader(prefix -> infill.prompt(prefix, suffix), vocabulary, MOST_PROMPTS)
            .read(body, "prompt");
    if (prompts.stream().anyMatch(prompt -> prompt.text().isEmpty())) {
      throw body.refused(SUFFIX, "the text before it must be given as text");
    }
    return prompts;
  }
}
