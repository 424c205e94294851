package dev.fader.app.studio.board;

import dev.fader.model.Experts;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.MixFile;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ModelStatus;
import dev.fader.serve.model.ServedModels;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/// Which models are served, and what each has faders for.
final class ModelRoutes {
  private final ServedModels models;
  private final Path folder;
  private final Map<String, String> failures = new ConcurrentHashMap<>(); // by model

  ModelRoutes(ServedModels models, Path folder) {
    this.models = models;
    this.folder = folder;
    models.listen(event -> {
      if (event.status() == ModelStatus.FAILED) {
        failures.put(event.model(), event.message());
      } else {
        failures.remove(event.model());
      }
    });
  }

  List<Route> routes() {
    return List.of(
        Route.get(BoardRoutes.PATH + "models", this::list),
        Route.post(BoardRoutes.PATH + "board", this::structure));
  }

  private void list(Exchange exchange) {
    var chats = new HashMap<String, Boolean>();
    models.forEachOpen(lease -> chats.put(lease.model().name(), isForChats(lease)));
    var answer = JsonText.object();
    var list = answer.putArray("models");
    for (var model : models.models()) {
      var told =
          list.addObject()
              .put("name", model.name())
              .put("path", model.path().toString())
              .put("status", word(models.status(model.name())))
              .put("mixed", !model.mix().equals(Mix.NEUTRAL));
      Optional.ofNullable(failures.get(model.name()))
          .ifPresent(message -> told.put("error", message));
      Optional.ofNullable(chats.get(model.name())).ifPresent(chat -> told.put("chat", chat));
      var adapters = told.putArray("adapters");
      var paths = told.putArray("adapter_paths");
      for (var adapter : model.adapters()) {
        adapters.add(adapter.name());
        paths.add(adapter.path().toString());
      }
    }
    var opening = models.policy().opening();
    answer
        .put("folder", folder.toString())
        .put("threads", opening.threads())
        .put("memory_bytes", opening.memoryBytes())
        .put("version", version());
    exchange.send(answer);
  }

  private static boolean isForChats(ModelLease lease) {
    return lease.serving().template().isPresent() && lease.tokenizerIfAny().isPresent();
  }

  private static String word(ModelStatus status) {
    return switch (status) {
      case UNLOADED -> "closed";
      case LOADING -> "opening";
      case LOADED -> "open";
      case FAILED -> "failed";
    };
  }

  private static String version() {
    var descriptor = Optional.ofNullable(ModelRoutes.class.getModule().getDescriptor());
    return descriptor.flatMap(ModuleDescriptor::rawVersion).orElse("0.0.0");
  }

  private void structure(Exchange exchange) throws InterruptedException {
    var body = BodyFields.of(exchange.body());
    try (var lease = models.lease(Optional.of(body.requiredText("model")))) {
      var layers = lease.serving().model().config().layers();
      exchange.reserve(
          JsonText.BYTES_OF_NUMBER * (4L * layers + SceneRoutes.numbers(lease.model().mix())));
      exchange.send(structure(lease));
    }
  }

  private static ObjectNode structure(ModelLease lease) {
    var model = lease.serving().model();
    var config = model.config();
    var attention = config.attention();
    var told =
        JsonText.object()
            .put("name", lease.name())
            .put("family", config.family())
            .put("layers", config.layers())
            .put("heads", attention.heads())
            .put("key_value_heads", attention.keyValueHeads())
            .put("width", config.width())
            .put("vocabulary", config.vocabularySize())
            .put("context", lease.context())
            .put("parameters", model.count().total())
            .put("tied_embedding", config.embedding().tied())
            .put("chat", isForChats(lease))
            .put("tokenizer", lease.tokenizerIfAny().isPresent());
    var neurons = told.putArray("neurons");
    var experts = told.putArray("experts");
    for (int layer = 0; layer < config.layers(); layer++) {
      var some = config.feedForward().experts(layer);
      neurons.add(some.map(Experts::sharedWidth).orElse(config.feedForward().width()));
      experts.add(some.map(Experts::count).orElse(0));
    }
    var adapters = told.putArray("adapters");
    for (int i = 0; i < lease.strengths().size(); i++) {
      if (lease.strengths().get(i) != 0) {
        adapters.add(lease.model().adapters().get(i).name());
      }
    }
    told.put("prompt", FirstPrompt.of(lease.model().path(), lease.model().name()).text());
    if (!lease.model().mix().equals(Mix.NEUTRAL)) {
      told.set("mix", MixFile.object(lease.model().mix()));
    }
    return told;
  }
}
