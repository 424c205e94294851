package dev.fader.app.studio.library;

import dev.fader.app.hub.Hub;
import dev.fader.app.hub.ModelName;
import dev.fader.app.studio.request.FileFailures;
import dev.fader.inspect.machine.Machine;
import dev.fader.model.mix.Mix;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.ApiException.Kind;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModel;
import dev.fader.serve.model.ServedModels;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import tools.jackson.databind.node.ObjectNode;

/// What models there are, fetched and served when they are asked for.
public final class LibraryRoutes {
  private static final String PATH = "/studio/api/library";
  private static final int LONGEST_NAME = 200;
  private static final int MOST_NAMESAKES = 100;

  private final ServedModels models;
  private final HubOpening hub;
  private final StoredModels stored;
  private final Semaphore fetching = new Semaphore(1);

  /// How the hub is reached, which is known when it is asked for.
  @FunctionalInterface
  public interface HubOpening {
    /// The hub.
    ///
    /// @throws IOException if the environment does not say where it is
    Hub open() throws IOException;
  }

  /// @param folder that models are looked for in
  public LibraryRoutes(ServedModels models, Path folder, HubOpening hub) {
    this.models = models;
    this.hub = hub;
    this.stored = new StoredModels(folder);
  }

  public List<Route> routes() {
    return List.of(
        Route.get(PATH, this::list),
        Route.post(PATH + "/pull", this::pull),
        Route.post(PATH + "/open", this::open));
  }

  private void list(Exchange exchange) {
    var told = JsonText.object();
    var list = told.putArray("models");
    long available = Machine.here().availableBytes();
    for (var model : all()) {
      exchange.requireClient();
      list.add(described(model, available));
    }
    told.put("available_bytes", available);
    told.put("free_bytes", FileFailures.told(() -> hub.open().freeBytes()));
    exchange.send(told);
  }

  private List<StoredModel> all() {
    return FileFailures.told(() -> stored.all(hub.open()));
  }

  private ObjectNode described(StoredModel model, long available) {
    var told =
        JsonText.object()
            .put("name", model.name())
            .put("source", model.source())
            .put("path", model.path().toString())
            .put("files", model.files())
            .put("bytes", model.bytes());
    stored
        .need(model)
        .ifPresent(need -> {
          told.put("parameters", need.parameters()).put("type", need.type());
          need.bytes()
              .ifPresent(bytes -> told.put("needs_bytes", bytes).put("fits", bytes <= available));
        });
    served(model.path()).ifPresent(name -> told.put("served", name));
    return told;
  }

  /// The name under which what is at a path is served as it is, if it is.
  private Optional<String> served(Path path) {
    return models.models().stream()
        .filter(model -> isAt(model, path) && model.mix().equals(Mix.NEUTRAL))
        .map(ServedModel::name)
        .findFirst();
  }

  /// What the command line names may be a path from the directory in which it was started.
  private static boolean isAt(ServedModel model, Path path) {
    return model.path().toAbsolutePath().normalize().equals(path.toAbsolutePath().normalize());
  }

  /// Fetches a model, which is stopped when the client goes; what has come by then is kept.
  private void pull(Exchange exchange) {
    var name = BodyFields.of(exchange.body()).requiredText("name");
    ModelName model;
    try {
      model = ModelName.parse(name);
    } catch (IllegalArgumentException none) {
      throw ApiException.invalid("name", String.valueOf(none.getMessage()));
    }
    if (!fetching.tryAcquire()) {
      throw new ApiException(
              Kind.BUSY, "another model is being fetched: wait for it, or break it off")
          .retryAfter(10);
    }
    try {
      var worker = Thread.currentThread();
      exchange.whenGone(worker::interrupt);
      var progress = new Told(exchange);
      var pulled = FileFailures.told(() -> hub.open().pull(model, Hub.MAIN, progress));
      exchange
          .events()
          .send(
              JsonText.object()
                  .put("model", model.toString())
                  .put("path", pulled.path().toString())
                  .put("bytes", pulled.bytes())
                  .put("fetched_bytes", pulled.fetched()));
    } catch (ApiException failed) {
      exchange.requireClient(); // who is not told that it was interrupted
      throw failed;
    } finally {
      fetching.release();
    }
  }

  /// Tells how far it is, not too often.
  private static final class Told implements Hub.Progress {
    private static final Duration OFTEN = Duration.ofMillis(200);

    private final Exchange exchange;
    private String file = "";
    private long last;

    Told(Exchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public void at(long arrived, long bytes, String of) {
      exchange.requireClient();
      long now = System.nanoTime();
      if (!of.equals(file) || now - last > OFTEN.toNanos() || arrived == bytes) {
        file = of;
        last = now;
        exchange
            .events()
            .send(JsonText.object().put("file", of).put("done", arrived).put("of", bytes));
      }
    }
  }

  /// Serves one of the models that are listed, and none else: a name never becomes a path.
  private void open(Exchange exchange) throws InterruptedException {
    var body = BodyFields.of(exchange.body());
    var name = body.text("name");
    var path = body.text("path");
    if (name.isPresent() == path.isPresent()) {
      throw ApiException.invalid("name", "give either `name` or `path`, as the library lists them");
    }
    var found =
        all().stream()
            .filter(model ->
                name.filter(model.name()::equals).isPresent()
                    || path.filter(model.path().toString()::equals).isPresent())
            .findFirst()
            .orElseThrow(() ->
                new ApiException(
                        Kind.NOT_FOUND,
                        "no such model is in the cache of the hub or in the folder: fetch it, or"
                            + " open one that is listed")
                    .at(name.isPresent() ? "name" : "path"));
    var served = serve(found);
    models.load(served);
    exchange.send(JsonText.object().put("model", served));
  }

  /// The name under which it is served; with a number behind it if another has its name.
  private String serve(StoredModel model) {
    var already = served(model.path());
    if (already.isPresent()) {
      return already.get();
    }
    var plain = plain(model.name());
    for (int i = 1; i < MOST_NAMESAKES; i++) {
      var name = i == 1 ? plain : plain + "-" + i;
      if (!models.names().contains(name)) {
        models.add(new ServedModel(name, model.path(), List.of()));
        return name;
      }
    }
    throw new ApiException(
        Kind.INVALID,
        "%d models are called %s: start the studio anew".formatted(MOST_NAMESAKES, plain));
  }

  /// A name that can be asked for: of a file without its ending, of a file of the hub behind the
  /// name of its repository.
  private static String plain(String name) {
    var plain =
        name.replaceFirst("\\.gguf$", "")
            .replace(':', '/')
            .replaceAll("[^\\p{L}\\p{N}._/@+-]", "-")
            .replaceFirst("^[^\\p{L}\\p{N}]+", "");
    return plain.isEmpty()
        ? "model"
        : plain.substring(0, Math.min(plain.length(), LONGEST_NAME - 4));
  }
}
