package dev.fader.app.studio.board;

import dev.fader.app.studio.request.FileFailures;
import dev.fader.app.studio.request.FileNames;
import dev.fader.app.studio.request.PromptFields;
import dev.fader.model.mix.Mix;
import dev.fader.model.mix.MixFile;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModel;
import dev.fader.serve.model.ServedModels;
import java.util.List;
import java.util.Optional;

/// Scenes: mixes that are kept, loaded, and served.
final class SceneRoutes {
  private static final int MOST_OF_A_NAME = 99;

  /// What a number of a mix takes up while it is told: as a number, and as text.
  private static final int VALUES_OF_FADER = 12;

  private final ServedModels models;
  private final SceneFolder scenes;

  SceneRoutes(ServedModels models, SceneFolder scenes) {
    this.models = models;
    this.scenes = scenes;
  }

  List<Route> routes() {
    return List.of(
        Route.get(BoardRoutes.PATH + "scenes", this::list),
        Route.post(BoardRoutes.PATH + "scenes", this::save),
        Route.post(BoardRoutes.PATH + "scenes/delete", this::delete),
        Route.post(BoardRoutes.PATH + "scenes/serve", this::serve));
  }

  private void list(Exchange exchange) {
    var answer = JsonText.object();
    var list = answer.putArray("scenes");
    var broken = answer.putArray("broken");
    for (var scene : FileFailures.told(scenes::all)) {
      if (scene.mix().isEmpty()) {
        broken.addObject().put("name", scene.name()).put("message", scene.problem());
        continue;
      }
      var mix = scene.mix().get();
      exchange.reserve(JsonText.BYTES_OF_NUMBER * numbers(mix));
      list.addObject()
          .put("name", scene.name())
          .put("modified", scene.modified().toString())
          .put("faders", mix.faders().size())
          .put("steerings", mix.steerings().size())
          .put("cells", mix.cells().size())
          .set("mix", MixFile.object(mix));
    }
    exchange.send(answer);
  }

  /// Numbers that a mix takes up in an answer.
  static long numbers(Mix mix) {
    long numbers = (long) VALUES_OF_FADER * (mix.faders().size() + mix.cells().size());
    for (var steering : mix.steerings()) {
      numbers += steering.vector().size();
    }
    return numbers;
  }

  private void save(Exchange exchange) {
    var body = BodyFields.of(exchange.body());
    var name = FileNames.of(body);
    var mix = PromptFields.mix(body).orElseThrow(() -> body.missing("mix"));
    boolean replace = body.flag("replace", false);
    var path = FileFailures.told(() -> scenes.save(name, mix, replace));
    exchange.send(JsonText.object().put("path", path.toString()));
  }

  private void delete(Exchange exchange) {
    var name = FileNames.of(BodyFields.of(exchange.body()));
    FileFailures.told(() -> scenes.delete(name));
    exchange.send(JsonText.object());
  }

  private void serve(Exchange exchange) {
    var body = BodyFields.of(exchange.body());
    var scene = FileNames.of(body);
    var model = models.find(Optional.of(body.requiredText("model")));
    var mix = scenes.mix(scene);
    exchange.send(JsonText.object().put("model", served(model, scene, mix)));
  }

  /// The name under which a model is served with a mix: a scene that has changed since it was
  /// served has another one.
  private synchronized String served(ServedModel model, String scene, Mix mix) {
    var name = model.name() + "+" + scene.replace(' ', '-');
    for (int number = 1; number <= MOST_OF_A_NAME; number++) {
      var mixed =
          new ServedModel(
              number == 1 ? name : name + "-" + number, model.path(), model.adapters(), mix);
      boolean taken =
          models.models().stream()
              .anyMatch(other -> other.name().equals(mixed.name()) && !other.equals(mixed));
      if (!taken) {
        models.add(mixed);
        return mixed.name();
      }
    }
    throw ApiException.invalid(
        "name", "%s is served in too many versions: start the server anew".formatted(scene));
  }
}
