package dev.fader.serve;

import dev.fader.serve.anthropic.AnthropicDialect;
import dev.fader.serve.http.Dialect;
import dev.fader.serve.http.HttpServer;
import dev.fader.serve.http.RequestLog;
import dev.fader.serve.llamacpp.LlamaCppDialect;
import dev.fader.serve.metrics.FlightRecord;
import dev.fader.serve.metrics.ServerMetrics;
import dev.fader.serve.model.Failures;
import dev.fader.serve.model.ModelPolicy;
import dev.fader.serve.model.ServedModel;
import dev.fader.serve.model.ServedModels;
import dev.fader.serve.ollama.OllamaDialect;
import dev.fader.serve.openai.OpenAiDialect;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// A server of models that is running.
///
/// ```java
/// try (var server = ModelServer.start(ServerOptions.of(Path.of("qwen3.gguf")))) {
///   System.out.println("http://127.0.0.1:" + server.port() + "/v1");
///   Thread.sleep(Duration.ofHours(1));
/// }
/// ```
public final class ModelServer implements AutoCloseable {
  private final ServerOptions options;
  private final ServedModels models;
  private final HttpServer http;

  private ModelServer(ServerOptions options, ServedModels models, HttpServer http) {
    this.options = options;
    this.models = models;
    this.http = http;
  }

  /// Starts. Models are opened when they are asked for.
  ///
  /// @throws IllegalArgumentException if there is no model, or an address other than this machine's
  ///   own is open without a key
  /// @throws IOException if the address is taken, or files cannot be read
  public static ModelServer start(ServerOptions options) throws IOException {
    if (options.models().isEmpty()) {
      throw new IllegalArgumentException("there is no model: give one");
    }
    return start(options, models -> List.of());
  }

  /// The same with interfaces beside those that it has itself, by which models may come later:
  /// there may be none.
  ///
  /// @param beside makes them, of the models that are served
  public static ModelServer start(
      ServerOptions options, Function<ServedModels, List<Dialect>> beside) throws IOException {
    requireKey(options);
    var models = new ServedModels(options.models(), options.policy());
    try {
      var metrics = new ServerMetrics(models);
      var logs = new ArrayList<RequestLog>(List.of(metrics, new FlightRecord()));
      options.log().ifPresent(logs::add);
      var all = new ArrayList<>(beside.apply(models));
      all.addAll(dialects(models, metrics));
      var http = HttpServer.start(options.http(), all, RequestLog.all(logs), Failures::told);
      return new ModelServer(options, models, http);
    } catch (IOException | RuntimeException | Error failed) {
      models.close();
      throw failed;
    }
  }

  /// The interfaces; the last has a path that is nobody's.
  private static List<Dialect> dialects(ServedModels models, ServerMetrics metrics) {
    return List.of(
        new AnthropicDialect(models),
        new OllamaDialect(models, version()),
        new LlamaCppDialect(models, metrics::text),
        new OpenAiDialect(models));
  }

  /// That of the module, where it has one.
  private static String version() {
    var descriptor = Optional.ofNullable(ModelServer.class.getModule().getDescriptor());
    return descriptor.flatMap(ModuleDescriptor::rawVersion).orElse("0.0.0");
  }

  private static void requireKey(ServerOptions options) throws IOException {
    var host = options.http().host();
    boolean own = InetAddress.getByName(host).isLoopbackAddress();
    if (!own && options.http().access().keys().isEmpty()) {
      throw new IllegalArgumentException(
          "`host` is %s, which others reach: give a key, or listen at 127.0.0.1".formatted(host));
    }
  }

  /// All that can be asked of a server of these models, a line each: whether it needs a key if
  /// there are any, method, path and interface.
  public static List<String> routes(List<ServedModel> served) {
    try (var models = new ServedModels(served, ModelPolicy.defaults())) {
      return HttpServer.list(dialects(models, new ServerMetrics(models)));
    }
  }

  /// Where it listens.
  public int port() {
    return http.port();
  }

  /// The models.
  public ServedModels models() {
    return models;
  }

  /// Takes no more requests, gives those that are there their time, and ends.
  @Override
  public void close() {
    http.drain(5);
    try {
      models.drain(options.grace());
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
    models.close(); // ends what is still written, which then is told
    http.close();
  }
}
