package dev.fader.serve.llamacpp;

import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelEvent;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ModelStatus;
import dev.fader.serve.model.ServedModel;
import dev.fader.serve.model.ServedModels;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What is served, and in what state it is.
final class ModelRoutes {
  private static final int MOST_EVENTS = 1000; // that wait to be sent to one client
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final ServedModels models;
  private final long created = System.currentTimeMillis() / 1000;

  ModelRoutes(ServedModels models) {
    this.models = models;
  }

  void health(Exchange exchange) {
    exchange.send(JsonText.object().put("status", "ok"));
  }

  void list(Exchange exchange) {
    var body = JsonText.object().put("object", "list");
    var data = body.putArray("data");
    for (var model : models.models()) {
      data.add(described(model, model.name()));
      for (var adapter : model.adapters()) {
        data.add(described(model, model.name() + ":" + adapter.name()).put("parent", model.name()));
      }
    }
    models.forEachOpen(lease ->
        data.forEach(one -> {
          if (one.path("id").asString("").equals(lease.name())
              && one instanceof ObjectNode object) {
            object.set("meta", meta(lease));
          }
        }));
    exchange.send(body);
  }

  private ObjectNode described(ServedModel model, String name) {
    var described =
        JsonText.object()
            .put("id", name)
            .put("object", "model")
            .put("created", created)
            .put("owned_by", "fader");
    described.putObject("status").put("value", value(models.status(model.name())));
    return described;
  }

  private static String value(ModelStatus status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  private static ObjectNode meta(ModelLease lease) {
    var model = lease.serving().model();
    var config = model.config();
    var meta =
        JsonText.object()
            .put("n_vocab", config.vocabularySize())
            .put("n_ctx", lease.context())
            .put("n_ctx_train", config.context())
            .put("n_embd", config.width())
            .put("n_params", model.count().total());
    try {
      if (Files.isRegularFile(model.path())) {
        meta.put("size", Files.size(model.path()));
      }
    } catch (IOException gone) {
      return meta; // which is not asked for what the file is
    }
    return meta;
  }

  void load(Exchange exchange) throws InterruptedException {
    models.load(BodyFields.of(exchange.body()).requiredText("model"));
    exchange.send(JsonText.object().put("success", true));
  }

  void unload(Exchange exchange) throws InterruptedException {
    models.unload(BodyFields.of(exchange.body()).requiredText("model"));
    exchange.send(JsonText.object().put("success", true));
  }

  /// Tells the state of each model, and then of each change.
  void events(Exchange exchange) throws InterruptedException {
    var waiting = new ArrayBlockingQueue<ModelEvent>(MOST_EVENTS);
    var silence = models.listen(waiting::offer);
    try {
      var events = exchange.events();
      for (var model : models.models()) {
        events.send(told(new ModelEvent(model.name(), models.status(model.name()), "")));
      }
      while (!exchange.isGone() && !models.isClosed()) {
        var next = Optional.ofNullable(waiting.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS));
        next.ifPresent(event -> events.send(told(event)));
      }
    } finally {
      silence.run();
    }
  }

  private static ObjectNode told(ModelEvent event) {
    var told = JsonText.object().put("model", event.model()).put("event", "status_change");
    var data = told.putObject("data").put("status", value(event.status()));
    if (!event.message().isEmpty()) {
      data.put("message", event.message());
    }
    return told;
  }

  void properties(Exchange exchange) throws InterruptedException {
    var named = exchange.query("model");
    if (named.isEmpty() && models.models().size() > 1) {
      exchange.send(
          JsonText.object()
              .put("role", "router")
              .put("max_instances", models.most())
              .put("models_autoload", true)
              .put("build_info", Build.NAME));
      return;
    }
    try (var lease = models.lease(named)) {
      exchange.send(properties(lease));
    }
  }

  private static ObjectNode properties(ModelLease lease) {
    var model = lease.serving().model();
    var properties = JsonText.object();
    var settings = properties.putObject("default_generation_settings");
    settings.put("n_ctx", lease.context());
    settings.set("params", GenerationParameters.of(lease.usual()));
    properties
        .put("total_slots", lease.limits().running())
        .put("model_alias", lease.name())
        .put("model_path", model.path().toString())
        .put("build_info", Build.NAME);
    properties.putObject("modalities").put("vision", false).put("audio", false);
    lease
        .tokenizerIfAny()
        .ifPresent(tokenizer -> {
          tokenizer.beginOfText().ifPresent(id -> properties.put("bos_token", tokenizer.piece(id)));
          tokenizer.endOfText().ifPresent(id -> properties.put("eos_token", tokenizer.piece(id)));
        });
    return properties;
  }

  /// As many places as texts are written at a time. Which text has which is nobody's business.
  void slots(Exchange exchange) throws InterruptedException {
    try (var lease = models.lease(exchange.query("model"))) {
      int running = lease.serving().state().running();
      int places = lease.limits().running();
      if (exchange.query("fail_on_no_slot").isPresent() && running >= places) {
        throw new ApiException(ApiException.Kind.UNAVAILABLE, "no slot available");
      }
      var slots = JsonNodeFactory.instance.arrayNode();
      for (int i = 0; i < places; i++) {
        slots
            .addObject()
            .put("id", i)
            .put("n_ctx", lease.context())
            .put("speculative", false)
            .put("is_processing", i < running);
      }
      exchange.send(slots);
    }
  }
}
