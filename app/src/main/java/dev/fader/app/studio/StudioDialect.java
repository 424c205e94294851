package dev.fader.app.studio;

import dev.fader.app.hub.Hub;
import dev.fader.app.studio.board.BoardRoutes;
import dev.fader.app.studio.inspection.InspectionRoutes;
import dev.fader.app.studio.library.ExplanationRoutes;
import dev.fader.app.studio.library.LibraryRoutes;
import dev.fader.app.studio.library.LibraryRoutes.HubOpening;
import dev.fader.app.studio.page.PageRoutes;
import dev.fader.app.studio.training.RunRoutes;
import dev.fader.app.studio.training.SweepRoutes;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Dialect;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// What the studio's page asks of its server.
public final class StudioDialect implements Dialect {
  private final List<Route> routes = new ArrayList<>();

  /// @param models that are served
  /// @param folder where scenes are kept, exports written, and runs looked for
  /// @param launcher the command that starts Fader, for runs; empty if it is not known
  public StudioDialect(ServedModels models, Path folder, List<String> launcher) {
    this(models, folder, launcher, Hub::ofEnvironment);
  }

  /// @param hub where models are fetched from
  StudioDialect(ServedModels models, Path folder, List<String> launcher, HubOpening hub) {
    routes.addAll(new PageRoutes().routes());
    routes.addAll(new BoardRoutes(models, folder).routes());
    routes.addAll(new RunRoutes(models, folder, launcher).routes());
    routes.addAll(new SweepRoutes(folder).routes());
    routes.addAll(new InspectionRoutes(models).routes());
    routes.addAll(new LibraryRoutes(models, folder, hub).routes());
    routes.addAll(new ExplanationRoutes().routes());
  }

  @Override
  public String name() {
    return "Fader Studio";
  }

  @Override
  public List<Route> routes() {
    return List.copyOf(routes);
  }

  @Override
  public boolean owns(String path) {
    return path.startsWith(PageRoutes.PATH);
  }

  @Override
  public ObjectNode error(ApiException error) {
    var told = JsonText.object();
    told.put("message", error.message());
    error.field().ifPresent(field -> told.put("field", field));
    var body = JsonText.object();
    body.set("error", told);
    return body;
  }
}
