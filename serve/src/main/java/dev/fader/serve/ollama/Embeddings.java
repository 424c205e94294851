package dev.fader.serve.ollama;

import dev.fader.generate.ContextFullException;
import dev.fader.generate.Embedder;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Usage;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;

/// `POST /api/embed`, and `/api/embeddings` of one text.
final class Embeddings {
  private static final int MOST = 2048;

  private final ServedModels models;

  Embeddings(ServedModels models) {
    this.models = models;
  }

  void embed(Exchange exchange) throws Exception {
    long began = System.nanoTime();
    var body = BodyFields.of(exchange.body());
    try (var lease = Asked.lease(models, body)) {
      long opened = System.nanoTime();
      int width = lease.serving().model().config().embeddingWidth();
      int dimensions = body.whole("dimensions", 1, width).orElse(width);
      boolean truncate = body.flag("truncate", true);
      var response = JsonText.object().put("model", lease.name());
      var vectors = response.putArray("embeddings");
      int count = 0;
      var texts = body.texts("input", MOST, Integer.MAX_VALUE);
      exchange.reserve(JsonText.BYTES_OF_NUMBER * dimensions * texts.size());
      for (var text : texts) {
        int[] tokens = tokens(lease, text, truncate);
        count += tokens.length;
        put(
            vectors.addArray(),
            Embedder.shortened(lease.embed(exchange, tokens, lease.strengths()), dimensions));
      }
      response
          .put("total_duration", System.nanoTime() - began)
          .put("load_duration", opened - began)
          .put("prompt_eval_count", count);
      exchange.report(new Usage("embeddings", lease.name(), count, 0, 0, List.of()));
      exchange.send(response);
    }
  }

  void embedOne(Exchange exchange) throws Exception {
    var body = BodyFields.of(exchange.body());
    try (var lease = Asked.lease(models, body)) {
      int[] tokens = tokens(lease, body.requiredText("prompt"), true);
      var response = JsonText.object();
      put(response.putArray("embedding"), lease.embed(exchange, tokens, lease.strengths()));
      exchange.report(new Usage("embeddings", lease.name(), tokens.length, 0, 0, List.of()));
      exchange.send(response);
    }
  }

  private static int[] tokens(ModelLease lease, String text, boolean truncate) {
    int[] tokens = lease.tokensToEmbed(text);
    int context = lease.serving().model().config().context();
    if (tokens.length > context && !truncate) {
      throw new ContextFullException(tokens.length, 0, context);
    }
    return tokens.length > context ? Arrays.copyOf(tokens, context) : tokens;
  }

  private static void put(ArrayNode list, float[] vector) {
    for (float value : vector) {
      list.add(value);
    }
  }
}
