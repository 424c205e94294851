package dev.fader.serve.llamacpp;

import dev.fader.serve.body.AdapterFields;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Usage;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Embeddings of texts, each as a list of one vector: where llama.cpp tells those of all tokens, it
/// has more of them.
final class EmbeddingRoute {
  private static final int MOST = 1000;

  private final ServedModels models;

  EmbeddingRoute(ServedModels models) {
    this.models = models;
  }

  void embed(Exchange exchange) throws Exception {
    var body = BodyFields.of(exchange.body());
    var field = body.has("content") || !body.has("input") ? "content" : "input";
    var content = body.required(field, "a text, a list of tokens, or a list of these");
    try (var lease = models.lease(body.text("model"))) {
      var inputs = inputs(content, body, field, lease);
      int width = lease.serving().model().config().embeddingWidth();
      exchange.reserve(JsonText.BYTES_OF_NUMBER * width * inputs.size());
      var strengths = AdapterFields.read(body, lease);
      var answer = JsonNodeFactory.instance.arrayNode();
      int tokens = 0;
      for (int i = 0; i < inputs.size(); i++) {
        tokens += inputs.get(i).length;
        var told = answer.addObject().put("index", i).putArray("embedding").addArray();
        for (float value : lease.embed(exchange, inputs.get(i), strengths)) {
          told.add(value);
        }
      }
      exchange.report(new Usage("embeddings", lease.name(), tokens, 0, 0, List.of()));
      exchange.send(answer);
    }
  }

  private static List<int[]> inputs(
      JsonNode content, BodyFields body, String field, ModelLease lease) {
    boolean several = content.isArray() && !content.isEmpty() && !content.get(0).isNumber();
    if (!several) {
      return List.of(input(content, field, lease));
    }
    if (content.size() > MOST) {
      throw body.refused(
          field, "it has %d texts, and may have at most %d".formatted(content.size(), MOST));
    }
    var inputs = new ArrayList<int[]>();
    for (int i = 0; i < content.size(); i++) {
      inputs.add(input(content.get(i), "%s[%d]".formatted(field, i), lease));
    }
    return inputs;
  }

  private static int[] input(JsonNode value, String path, ModelLease lease) {
    return value.isString()
        ? lease.tokensToEmbed(value.stringValue())
        : Prompts.mixed(value, path, lease.tokenizer());
  }
}
