package dev.fader.app.studio.training;

import dev.fader.app.cli.report.SweepDrawing;
import dev.fader.app.cli.report.SweepFindings;
import dev.fader.format.FormatException;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.ApiException.Kind;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.sweep.Sweep;
import dev.fader.sweep.SweepResult;
import dev.fader.sweep.SweepRun.Purpose;
import dev.fader.sweep.SweepVerdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Shows the sweeps below a folder, whoever started them, also while they go on.
public final class SweepRoutes {
  private static final int MOST_SWEEPS = 100;

  /// Where nothing says what was predicted for: so many times the largest budget.
  private static final double BEYOND = 10;

  private final Path folder;

  /// @param folder where sweeps are looked for
  public SweepRoutes(Path folder) {
    this.folder = folder;
  }

  public List<Route> routes() {
    return List.of(
        Route.get("/studio/api/sweeps", this::list),
        Route.post("/studio/api/sweeps/detail", this::detail));
  }

  private void list(Exchange exchange) throws IOException {
    var list = JsonNodeFactory.instance.arrayNode();
    for (var sweep : all()) {
      try {
        list.add(
            JsonText.object()
                .put("id", id(sweep))
                .put("done", Sweep.done(sweep).size())
                .put("running", !Sweep.running(sweep).isEmpty()));
      } catch (IOException unread) {
        // It has gone meanwhile, or is not ours to read: the others are there.
      }
    }
    var body = JsonText.object();
    body.set("sweeps", list);
    exchange.send(body);
  }

  private void detail(Exchange exchange) throws IOException {
    var body = BodyFields.of(exchange.body());
    var asked = body.text("id").orElseThrow(() -> body.missing("id"));
    var sweep =
        find(asked)
            .orElseThrow(() ->
                new ApiException(
                        Kind.NOT_FOUND,
                        "there is no such sweep in %s: list those that there are".formatted(folder))
                    .at("id"));
    var results = results(sweep);
    var checks = results.stream().filter(result -> result.purpose() == Purpose.CHECK).toList();
    var others = results.stream().filter(result -> result.purpose() != Purpose.CHECK).toList();
    double largest = others.stream().mapToDouble(SweepResult::budget).max().orElse(0);
    double wanted = checks.stream().mapToDouble(SweepResult::budget).max().orElse(BEYOND * largest);
    var described = JsonText.object().put("id", asked).put("path", sweep.toString());
    var runs = described.putArray("runs");
    results.forEach(result -> runs.add(object(result)));
    var running = described.putArray("running");
    Sweep.running(sweep).forEach(running::add);
    var sentences = described.putArray("sentences");
    var drawings = described.putArray("drawings");
    if (!others.isEmpty()) {
      var verdict = SweepVerdict.of(others, wanted);
      var tested = verdict.fit().isPresent() ? checks : List.<SweepResult>of();
      SweepFindings.of(verdict, tested, wanted).forEach(sentences::add);
      for (var drawing : SweepDrawing.of(verdict, tested, wanted)) {
        drawings.addObject().put("title", drawing.title()).put("svg", drawing.svg());
      }
    }
    exchange.send(described);
  }

  private static List<SweepResult> results(Path sweep) throws IOException {
    try {
      return Sweep.results(sweep);
    } catch (FormatException broken) {
      throw new ApiException(Kind.INVALID, String.valueOf(broken.getMessage())).at("id");
    }
  }

  private static ObjectNode object(SweepResult result) {
    var object =
        JsonText.object()
            .put("name", result.name())
            .put("purpose", result.purpose().title())
            .put("parameters", result.parameters())
            .put("tokens", result.tokens())
            .put("seconds", result.seconds());
    if (result.isWhole()) {
      object.put("loss", result.loss());
    }
    result.trainingLoss().ifPresent(loss -> object.put("training_loss", loss));
    result.bitsPerByte().ifPresent(bits -> object.put("bits_per_byte", bits));
    return object;
  }

  private String id(Path sweep) {
    var id = folder.relativize(sweep).toString();
    return id.isEmpty() ? "." : id;
  }

  /// The sweep of an id, which is only looked up, never made a path.
  private Optional<Path> find(String id) throws IOException {
    return all().stream().filter(sweep -> id(sweep).equals(id)).findFirst();
  }

  private List<Path> all() throws IOException {
    return FolderSearch.below(folder, Sweep::isAt).stream().sorted().limit(MOST_SWEEPS).toList();
  }
}
