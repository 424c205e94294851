package dev.fader.app.studio.training;

import dev.fader.app.cli.option.EndingFile;
import dev.fader.app.cli.option.RecipeFile;
import dev.fader.app.cli.terminal.ShellWord;
import dev.fader.app.studio.request.FileNames;
import dev.fader.app.studio.training.TrainingOutput.State;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.Range;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.ApiException.Kind;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModels;
import dev.fader.train.OutputLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Shows runs, follows them, and starts and stops them.
public final class RunRoutes {
  private static final long POLL = 250; // milliseconds
  private static final int MOST_FOLLOWED = 64;
  private static final double MOST_MINUTES = 60 * 24 * 7;
  private static final int MOST_STEPS = 100_000_000;

  private final ServedModels models;
  private final TrainingRuns runs;
  private final RunProcesses processes;

  /// @param folder where runs are looked for, and new ones written
  /// @param launcher the command that starts Fader; empty if it is not known
  public RunRoutes(ServedModels models, Path folder, List<String> launcher) {
    this.models = models;
    this.processes = new RunProcesses(launcher);
    this.runs = new TrainingRuns(models, folder, processes);
  }

  public List<Route> routes() {
    return List.of(
        Route.get("/studio/api/runs", this::list),
        Route.post("/studio/api/runs/detail", this::detail),
        Route.post("/studio/api/runs/events", this::follow),
        Route.post("/studio/api/runs/start", this::start),
        Route.post("/studio/api/runs/stop", this::stop),
        Route.post("/studio/api/runs/resume", this::resume));
  }

  private void list(Exchange exchange) throws IOException {
    var list = JsonNodeFactory.instance.arrayNode();
    for (var run : runs.all()) {
      try {
        list.add(described(run));
      } catch (IOException unread) {
        // It has gone meanwhile, or is not ours to read: the others are there.
      }
    }
    var body = JsonText.object();
    body.set("runs", list);
    exchange.send(body);
  }

  private ObjectNode described(TrainingOutput run) throws IOException {
    var last = run.last();
    var name = Optional.ofNullable(run.path().getFileName()).map(Path::toString).orElse(run.id());
    var described =
        JsonText.object()
            .put("id", run.id())
            .put("name", name)
            .put("state", text(state(run)))
            .put("steps", TrainingOutput.step(last))
            .put("modified", run.modified().toString())
            .put("mine", processes.isRunning(run.path()));
    for (var field : List.of("horizon", "loss", "val_loss", "seconds", "tokens")) {
      if (last.path(field).isNumber()) {
        described.set(field, last.get(field));
      }
    }
    return described;
  }

  /// One that was started here goes on before it has locked its output.
  private State state(TrainingOutput run) throws IOException {
    return processes.isRunning(run.path()) ? State.RUNNING : run.state();
  }

  static String text(State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private TrainingOutput asked(BodyFields body) throws IOException {
    var id = body.text("id").orElseThrow(() -> body.missing("id"));
    return runs.find(id)
        .orElseThrow(() ->
            new ApiException(
                    Kind.NOT_FOUND,
                    "there is no such run in %s: list those that there are"
                        .formatted(runs.folder()))
                .at("id"));
  }

  private void detail(Exchange exchange) throws IOException {
    var run = asked(BodyFields.of(exchange.body()));
    var described = described(run).put("path", run.path().toString());
    var recipe = described.putObject("recipe");
    try {
      RecipeFile.read(run.path())
          .values()
          .forEach((name, values) -> recipe.put(name, String.join(" ", values)));
    } catch (IOException broken) {
      described.put("recipe_problem", broken.getMessage());
    }
    described.put("resume", "fader train --resume --out " + ShellWord.of(run.path()));
    EndingFile.read(run.path()).ifPresent(end -> described.put("verdict", end.verdict()));
    processes.words(run.path()).ifPresent(words -> described.put("words", words));
    processes.exit(run.path()).ifPresent(code -> described.put("exit", code));
    exchange.send(described);
  }

  /// Tells what is added to the logs of runs, until the client goes: of one, or of several on one
  /// connection, of which a browser has six.
  private void follow(Exchange exchange) throws IOException, InterruptedException {
    var body = BodyFields.of(exchange.body());
    boolean several = body.has("runs");
    var followed = new ArrayList<FollowedRun>();
    var gone = new ArrayList<String>();
    for (var one : several ? body.objects("runs", MOST_FOLLOWED) : List.of(body)) {
      if (several && runs.find(one.requiredText("id")).isEmpty()) {
        gone.add(one.requiredText("id"));
        continue;
      }
      var run = asked(one);
      followed.add(new FollowedRun(run, new LogFollower(run.log(), one.text("cursor").orElse(""))));
    }
    var events = exchange.events();
    for (var id : gone) {
      events.send(JsonText.object().put("id", id).put("problem", "the run is no longer there"));
    }
    while (!exchange.isGone() && !models.isClosed()) {
      boolean more = false;
      for (var one : followed) {
        more |= one.tell(events, this::state);
      }
      if (!more) {
        Thread.sleep(POLL);
      }
    }
  }

  private void start(Exchange exchange) throws IOException {
    var body = BodyFields.of(exchange.body());
    var name = FileNames.of(body);
    var out = FileNames.in(runs.folder(), name, "");
    if (Files.exists(out)) {
      throw body.wrong("name", "new: there is something of this name in " + runs.folder());
    }
    var arguments = new ArrayList<>(List.of("--out", out.toString()));
    var data = body.text("data").orElseThrow(() -> body.missing("data"));
    if (data.isBlank() || data.startsWith("-")) {
      throw body.wrong("data", "a file, a folder, or jdk for the sources of the JDK");
    }
    arguments.add("--data=" + data); // in one word, lest what begins with @ is read as arguments
    addLength(body, arguments);
    for (var shape : List.of("depth", "context", "batch")) {
      body.whole(shape, 1, 1 << 20)
          .ifPresent(value -> arguments.addAll(List.of("--" + shape, value.toString())));
    }
    body.number("lr", Range.above(0, 10))
        .ifPresent(value -> arguments.addAll(List.of("--lr", value.toString())));
    processes.start(runs.folder(), out, arguments);
    exchange.send(begun(name, out, arguments));
  }

  private static void addLength(BodyFields body, List<String> arguments) {
    body.number("minutes", Range.above(0, MOST_MINUTES))
        .ifPresent(value -> arguments.addAll(List.of("--minutes", value.toString())));
    body.whole("steps", 1, MOST_STEPS)
        .ifPresent(value -> arguments.addAll(List.of("--steps", value.toString())));
  }

  private static ObjectNode begun(String id, Path out, List<String> arguments) {
    var words = arguments.stream().map(ShellWord::of).toList();
    return JsonText.object()
        .put("id", id)
        .put("path", out.toString())
        .put("command", "fader train " + String.join(" ", words));
  }

  private void stop(Exchange exchange) throws IOException {
    var run = asked(BodyFields.of(exchange.body()));
    var process =
        OutputLock.process(run.path())
            .filter(other -> other.pid() != ProcessHandle.current().pid())
            .orElseThrow(() ->
                new ApiException(Kind.INVALID, "the run does not go on: there is nothing to stop")
                    .at("id"));
    if (!process.destroy()) { // SIGTERM: it ends its step, and saves
      throw new ApiException(
          Kind.FORBIDDEN, "process %d is not yours to stop".formatted(process.pid()));
    }
    exchange.send(JsonText.object().put("id", run.id()).put("process", process.pid()));
  }

  private void resume(Exchange exchange) throws IOException {
    var body = BodyFields.of(exchange.body());
    var run = asked(body);
    if (state(run) == State.RUNNING) {
      throw body.wrong("id", "a run that has ended: this one goes on");
    }
    var arguments = new ArrayList<>(List.of("--resume", "--out", run.path().toString()));
    addLength(body, arguments);
    processes.start(runs.folder(), run.path(), arguments);
    exchange.send(begun(run.id(), run.path(), arguments));
  }
}
