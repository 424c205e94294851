package dev.fader.serve.llamacpp;

import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.Range;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ServedModels;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// The adapters of a model, and how strong they are where a request does not say it.
final class AdapterRoutes {
  private static final Range SCALE = Range.of(-100, 100);

  private final ServedModels models;

  AdapterRoutes(ServedModels models) {
    this.models = models;
  }

  void list(Exchange exchange) {
    var model = models.find(exchange.query("model"));
    var scales = models.scales(model);
    var list = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < model.adapters().size(); i++) {
      var adapter = model.adapters().get(i);
      list.addObject()
          .put("id", i)
          .put("name", adapter.name())
          .put("path", adapter.path().toString())
          .put("scale", scales.get(i));
    }
    exchange.send(list);
  }

  void set(Exchange exchange) {
    var model = models.find(exchange.query("model"));
    var body = JsonText.object();
    body.set("lora", exchange.body());
    models.setScales(model, strengths(BodyFields.of(body), model.adapters().size()));
    exchange.send(JsonText.object().put("success", true));
  }

  /// What a request says of the strengths of adapters in `lora`, a list of ids and scales; those
  /// that are not in it have none.
  static List<Float> strengths(BodyFields body, int adapters) {
    var strengths = new ArrayList<>(Collections.nCopies(adapters, 0f));
    body.required("lora", "a list of adapters");
    for (var one : body.objects("lora", 1000)) {
      int id =
          one.whole("id", 0, 1_000_000)
              .orElseThrow(() -> one.wrong("id", "the number of an adapter"));
      if (id >= adapters) {
        throw ApiException.invalid(
            one.path("id"),
            "`%s` is %d, and there are %d adapters: see GET /lora-adapters"
                .formatted(one.path("id"), id, adapters));
      }
      strengths.set(
          id, one.number("scale", SCALE).orElseThrow(() -> one.wrong("scale", "a number")));
    }
    return strengths;
  }

  /// Whether a request says it.
  static boolean isIn(JsonNode body) {
    return !body.path("lora").isMissingNode() && !body.path("lora").isNull();
  }
}
