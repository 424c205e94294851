package dev.fader.serve.openai;

import dev.fader.generate.TokenLikelihood;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.model.ModelLease;
import java.util.ArrayList;
import java.util.List;

/// A prompt that is told again before its continuation, and how likely its tokens were.
final class PromptEcho {
  private final String text;
  private final int[] tokens;
  private final int shown; // the first token that is told: not those that stand before every text
  private final List<TokenLikelihood> likelihoods; // of all tokens but the first; may be none

  private PromptEcho(String text, int[] tokens, int shown, List<TokenLikelihood> likelihoods) {
    this.text = text;
    this.tokens = tokens;
    this.shown = shown;
    this.likelihoods = likelihoods;
  }

  /// With how likely its tokens were, if that is asked for.
  ///
  /// @throws Exception as the computation does
  static PromptEcho of(
      Prompt prompt, ModelLease lease, CompletionRequest request, Exchange exchange)
      throws Exception {
    var tokenizer = lease.tokenizer();
    int[] tokens = prompt.tokens();
    int shown = prompt.text().map(text -> tokens.length - tokenizer.encode(text).length).orElse(0);
    List<TokenLikelihood> likelihoods = new ArrayList<>();
    if (request.texts().ranked() >= 0) {
      likelihoods =
          lease.likelihoods(
              exchange, tokens, request.texts().ranked(), request.texts().strengths());
    }
    return new PromptEcho(
        prompt.text().orElseGet(() -> tokenizer.decode(tokens)), tokens, shown, likelihoods);
  }

  String text() {
    return text;
  }

  /// Adds the tokens to what is told of a text.
  void addTo(TokenTable table) {
    for (int i = shown; i < tokens.length; i++) {
      if (i == 0) {
        table.addFirst(tokens[0]);
      } else {
        table.add(likelihoods.get(i - 1));
      }
      if (i == shown && !text.startsWith(" ")) {
        table.withoutFirstSpace();
      }
    }
  }
}
