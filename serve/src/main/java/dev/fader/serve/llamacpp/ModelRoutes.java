package dev.fader.serve.llamacpp;

import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelEvent;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ModelStatus;
import dev.fader.serve.model.ServedModels;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What is served, and in what state it is.
final class ModelRoutes {
  private static final int MOST_EVENTS = 1000; // that wait to be sent to one client
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final ServedModels models;

  ModelRoutes(ServedModels models) {
    this.models = models;
  }

  /// Not well while the first model is being opened, for who waits for the server to answer. That
  /// it is opened again later is no illness, and who restarts what is ill is not to hear of it.
  void health(Exchange exchange) {
    if (models.isStarting()) {
      throw new ApiException(ApiException.Kind.UNAVAILABLE, "Loading model").retryAfter(1);
    }
    exchange.send(JsonText.object().put("status", "ok"));
  }

  private static String value(ModelStatus status) {
    return status.name().toLowerCase(Locale.ROOT);
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

  /// To look opens no model: of one that is not open it is told what is known.
  void properties(Exchange exchange) {
    var named = exchange.query("model");
    if (named.isEmpty() && models.models().size() > 1) {
      exchange.send(
          JsonText.object()
              .put("role", "router")
              .put("max_instances", models.policy().most())
              .put("models_autoload", true)
              .put("build_info", Build.NAME));
      return;
    }
    var model = models.find(named);
    var properties =
        JsonText.object()
            .put("total_slots", models.policy().scheduling().running())
            .put("model_alias", named.orElse(model.name()))
            .put("model_path", model.path().toString())
            .put("build_info", Build.NAME);
    properties.putObject("modalities").put("vision", false).put("audio", false);
    var settings = properties.putObject("default_generation_settings");
    settings.set("params", GenerationParameters.of(models.policy().usual()));
    var open = models.leaseIfOpen(named);
    properties.put("is_sleeping", open.isEmpty());
    if (open.isPresent()) {
      try (var lease = open.get()) {
        settings.put("n_ctx", lease.context());
        putTokens(properties, lease);
        lease
            .serving()
            .template()
            .ifPresent(template -> properties.put("chat_template", template.source(false)));
      }
    }
    exchange.send(properties);
  }

  private static void putTokens(ObjectNode properties, ModelLease lease) {
    lease
        .tokenizerIfAny()
        .ifPresent(known -> {
          known.beginOfText().ifPresent(id -> properties.put("bos_token", known.piece(id)));
          known.endOfText().ifPresent(id -> properties.put("eos_token", known.piece(id)));
        });
  }

  /// As many places as texts are written at a time. Which text has which is nobody's business. To
  /// look opens no model: one that is not open writes nothing.
  void slots(Exchange exchange) {
    int running = 0;
    var context = OptionalInt.empty();
    var open = models.leaseIfOpen(exchange.query("model"));
    if (open.isPresent()) {
      try (var lease = open.get()) {
        running = lease.serving().state().running();
        context = OptionalInt.of(lease.context());
      }
    }
    int places = models.policy().scheduling().running();
    if (exchange.query("fail_on_no_slot").isPresent() && running >= places) {
      throw new ApiException(ApiException.Kind.UNAVAILABLE, "no slot available");
    }
    var slots = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < places; i++) {
      var slot = slots.addObject().put("id", i);
      context.ifPresent(tokens -> slot.put("n_ctx", tokens));
      slot.put("speculative", false).put("is_processing", i < running);
      slot.set("params", GenerationParameters.of(models.policy().usual()));
    }
    exchange.send(slots);
  }

  /// What is known of prompts belongs to no place.
  static ApiException noPlaces() {
    return new ApiException(
        ApiException.Kind.NOT_SUPPORTED,
        "texts have no place of their own, so that none is saved, restored or erased: what is"
            + " known of prompts is kept as long as there is room, for all that begin alike");
  }
}
