package dev.fader.serve.openai;

import dev.fader.generate.Embedder;
import dev.fader.serve.body.AdapterFields;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Usage;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// `POST /v1/embeddings`.
final class Embeddings {
  private static final int MOST = 2048;

  private final ServedModels models;

  Embeddings(ServedModels models) {
    this.models = models;
  }

  void handle(Exchange exchange) throws Exception {
    var body = BodyFields.of(exchange.body());
    try (var lease = models.lease(body.text("model"))) {
      answer(exchange, lease, body);
    }
  }

  private static void answer(Exchange exchange, ModelLease lease, BodyFields body)
      throws Exception {
    var format = body.text("encoding_format").orElse("float");
    if (!format.equals("float") && !format.equals("base64")) {
      throw body.wrong("encoding_format", "float or base64");
    }
    int width = lease.serving().model().config().embeddingWidth();
    int dimensions = body.whole("dimensions", 1, width).orElse(width);
    var strengths = AdapterFields.read(body, lease);
    int vocabulary = lease.serving().model().config().vocabularySize();
    var inputs = new Prompt.Reader(lease::tokensToEmbed, vocabulary, MOST).read(body, "input");
    exchange.reserve(JsonText.BYTES_OF_NUMBER * dimensions * inputs.size());
    var response = JsonText.object().put("object", "list");
    var data = response.putArray("data");
    int tokens = 0;
    for (int i = 0; i < inputs.size(); i++) {
      var input = inputs.get(i).tokens();
      tokens += input.length;
      var vector = Embedder.shortened(lease.embed(exchange, input, strengths), dimensions);
      var one = data.addObject().put("object", "embedding").put("index", i);
      put(one, vector, format);
    }
    response.put("model", lease.name());
    response.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
    exchange.report(new Usage("embeddings", lease.name(), tokens, 0, 0, List.of()));
    exchange.send(response);
  }

  private static void put(ObjectNode one, float[] vector, String format) {
    if (format.equals("float")) {
      var list = one.putArray("embedding");
      for (float value : vector) {
        list.add(value);
      }
      return;
    }
    var bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    one.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
  }
}
