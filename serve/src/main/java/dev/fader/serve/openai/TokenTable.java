package dev.fader.serve.openai;

import dev.fader.generate.TokenLikelihood;
import dev.fader.serve.http.JsonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// The tokens of a completion as the interface of 2020 tells them: lists side by side, and where in
/// the text each begins.
final class TokenTable {
  private final Likelihoods likelihoods;
  private final boolean ranked;
  private List<Row> rows = new ArrayList<>();
  private int offset; // in the text, in characters

  private record Row(String text, Optional<TokenLikelihood> likelihood, int offset) {}

  /// @param ranked whether the most probable tokens are told, too
  TokenTable(Likelihoods likelihoods, boolean ranked) {
    this.likelihoods = likelihoods;
    this.ranked = ranked;
  }

  /// A token that nothing stands before.
  void addFirst(int id) {
    add(id, Optional.empty());
  }

  void add(TokenLikelihood likelihood) {
    add(likelihood.id(), Optional.of(likelihood));
  }

  private void add(int id, Optional<TokenLikelihood> likelihood) {
    rows.add(new Row(likelihoods.text(id), likelihood, offset));
    for (byte one : likelihoods.bytes(id)) {
      if ((one & 0xc0) != 0x80) { // where a character begins
        offset++;
      }
    }
  }

  /// Leaves out the space that the tokenizer put before the text, after its first token was added.
  void withoutFirstSpace() {
    var first = rows.getFirst();
    if (first.text().startsWith(" ")) {
      rows.set(0, new Row(first.text().substring(1), first.likelihood(), 0));
      offset--;
    }
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /// What was added since the last time.
  ObjectNode take() {
    var table = JsonText.object();
    var tokens = table.putArray("tokens");
    var logProbabilities = table.putArray("token_logprobs");
    var tops = table.putArray("top_logprobs");
    var offsets = table.putArray("text_offset");
    for (var row : rows) {
      tokens.add(row.text());
      offsets.add(row.offset());
      if (row.likelihood().isEmpty()) {
        logProbabilities.addNull();
        tops.addNull();
        continue;
      }
      var likelihood = row.likelihood().get();
      double own = Likelihoods.finite(likelihood.logProbability());
      logProbabilities.add(own);
      var top = tops.addObject();
      for (var other : likelihood.top()) {
        var text = likelihoods.text(other.id());
        if (!top.has(text)) { // the more probable one of those that look alike
          top.put(text, Likelihoods.finite(Math.log(other.probability())));
        }
      }
      top.put(likelihoods.text(likelihood.id()), own);
    }
    if (!ranked) {
      table.putNull("top_logprobs");
    }
    rows = new ArrayList<>();
    return table;
  }
}
