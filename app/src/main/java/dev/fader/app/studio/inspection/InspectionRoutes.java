package dev.fader.app.studio.inspection;

import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModels;
import java.util.ArrayList;
import java.util.List;

/// All that looks into models.
public final class InspectionRoutes {
  static final String PATH = "/studio/api/";

  private final List<Route> routes = new ArrayList<>();

  public InspectionRoutes(ServedModels models) {
    var turns = new Turns(); // of what reads whole files
    var files = new ModelFile(models);
    routes.addAll(new TensorRoutes(files, turns, new Turns()).routes());
    routes.add(new ComparisonRoute(files, turns).route());
    routes.addAll(new TraceRoutes(models).routes());
  }

  public List<Route> routes() {
    return List.copyOf(routes);
  }
}
