package dev.fader.serve.llamacpp;

import dev.fader.serve.body.AdapterFields;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ServedModels;
import tools.jackson.databind.node.JsonNodeFactory;

/// The adapters of a model, and how strong they are where a request does not say it.
final class AdapterRoutes {
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
    var fields = BodyFields.of(body);
    fields.required("lora", "a list of adapters");
    models.setScales(model, AdapterFields.read(fields, model));
    exchange.send(JsonText.object().put("success", true));
  }
}
