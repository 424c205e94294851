package dev.fader.serve.llamacpp;

import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Usage;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;

/// Documents by how near they are to a query: the cosine of their embeddings, since no model here
/// judges pairs.
final class RerankRoute {
  private static final int MOST = 1000;
  private static final int LONGEST = 1 << 20;

  private final ServedModels models;

  RerankRoute(ServedModels models) {
    this.models = models;
  }

  /// A document and its score.
  private record Ranked(int index, double score) {}

  void rerank(Exchange exchange) throws Exception {
    var body = BodyFields.of(exchange.body());
    // The form of text-embeddings-inference has another name for them, and another answer.
    boolean other = !body.has("documents") && body.has("texts");
    var field = other ? "texts" : "documents";
    var query = body.requiredText("query");
    var documents = body.texts(field, MOST, LONGEST);
    if (documents.isEmpty()) {
      throw body.wrong(field, "a list of at least one text");
    }
    int most = body.whole("top_n", 1, Integer.MAX_VALUE).orElse(documents.size());
    boolean texts = body.flag("return_text", false);
    try (var lease = models.lease(body.text("model"))) {
      var read = new int[1];
      var ranked = ranked(query, documents, lease, read, exchange);
      exchange.report(new Usage("rerank", lease.name(), read[0], 0, 0, List.of()));
      var best = ranked.subList(0, Math.min(most, ranked.size()));
      var results = JsonNodeFactory.instance.arrayNode();
      for (var one : best) {
        var result =
            results
                .addObject()
                .put("index", one.index())
                .put(other ? "score" : "relevance_score", one.score());
        if (texts) {
          result.put("text", documents.get(one.index()));
        }
      }
      if (other) {
        exchange.send(results);
        return;
      }
      var answer = JsonText.object().put("model", lease.name()).put("object", "list");
      answer.putObject("usage").put("prompt_tokens", read[0]).put("total_tokens", read[0]);
      answer.set("results", results);
      exchange.send(answer);
    }
  }

  private static List<Ranked> ranked(
      String query, List<String> documents, ModelLease lease, int[] read, Exchange exchange)
      throws Exception {
    var wanted = embed(query, lease, read, exchange);
    var ranked = new ArrayList<Ranked>();
    for (int i = 0; i < documents.size(); i++) {
      var found = embed(documents.get(i), lease, read, exchange);
      double score = 0;
      for (int j = 0; j < found.length; j++) {
        score += (double) wanted[j] * found[j];
      }
      ranked.add(new Ranked(i, score));
    }
    ranked.sort(Comparator.comparingDouble(Ranked::score).reversed());
    return ranked;
  }

  /// One after another, so that others have their turn between two.
  private static float[] embed(String text, ModelLease lease, int[] read, Exchange exchange)
      throws Exception {
    int[] ids = lease.tokensToEmbed(text);
    read[0] += ids.length;
    return lease.embed(exchange, ids, lease.strengths());
  }
}
