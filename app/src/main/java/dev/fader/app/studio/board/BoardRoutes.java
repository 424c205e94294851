package dev.fader.app.studio.board;

import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The routes of models, the board, and scenes.
public final class BoardRoutes {
  /// What all paths of the studio's data begin with.
  static final String PATH = "/studio/api/";

  private final List<Route> routes = new ArrayList<>();

  /// @param models that are served
  /// @param folder where scenes are kept and exports written
  public BoardRoutes(ServedModels models, Path folder) {
    var lanes = new Lanes(models);
    routes.addAll(new ModelRoutes(models, folder).routes());
    routes.addAll(new WeightRoutes(models).routes());
    routes.addAll(new PredictionRoutes(models, lanes).routes());
    routes.addAll(new TextRoutes(models, lanes).routes());
    routes.addAll(new SceneRoutes(models, new SceneFolder(folder)).routes());
    routes.addAll(new ExportRoute(models, lanes, folder).routes());
  }

  public List<Route> routes() {
    return List.copyOf(routes);
  }
}
